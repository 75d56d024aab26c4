// Namespaces, nodes on gateway ports, and frames to send through them.
//
// A node's eth0 stands for the fabric's end of a port: a veth whose other end, the outer end, is in
// the namespace "host". It finishes checksums and segments itself, as the fabric sees to.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/bytes.hpp"
#include "core/fd.hpp"
#include "gateway/ask_relay.hpp"
#include "gateway/netns.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::gateway::test {

using std::chrono::milliseconds;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(linkfab::format(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string output_of(const std::string& command);  // both streams
void must(const std::string& command);              // throws what it printed when it fails

// A network namespace, as ip-netns(8) keeps them.
class Netns {
 public:
  explicit Netns(const std::string& name);
  ~Netns();
  Netns(const Netns&) = delete;
  Netns& operator=(const Netns&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string path() const { return "/run/netns/" + name_; }
  void ip(const std::string& arguments) const { must("ip -n " + name_ + " " + arguments); }
  void ip(const std::vector<std::string>& all) const;  // in one process
  [[nodiscard]] std::string run(const std::string& command) const {
    return output_of("ip netns exec " + name_ + " " + command);
  }
  // Off from the start. Skip the test where this is false: the kernel has none.
  [[nodiscard]] bool enable_ipv6(const std::string& device) const;
  // A socket of this namespace.
  [[nodiscard]] Fd socket(int family, int type, int protocol = 0) const;

 private:
  std::string name_;
};

// A device's frames, raw, with the tags that they have on the wire.
class RawEnd {
 public:
  RawEnd(const Netns& netns, const std::string& device);
  void send(const Bytes& frame) const;
  // The next frame from `source` (the byte that all six of its address are); empty: none in time.
  [[nodiscard]] Bytes receive(std::uint8_t source, milliseconds limit = milliseconds{1000}) const;

 private:
  Fd fd_;
};

// A UDP socket of a namespace, joined as a peer of a tunnel is.
class UdpEnd {
 public:
  UdpEnd(const Netns& netns, const std::string& local, const std::string& remote);
  void send(const Bytes& payload) const;
  [[nodiscard]] Bytes receive(milliseconds limit = milliseconds{1000}) const;
  [[nodiscard]] int get() const { return fd_.get(); }

 private:
  Fd fd_;
};

// A frame to 02:..:bb from `source` six times, of this type and size, filled with a pattern.
Bytes frame(std::uint8_t source, std::uint16_t type, std::size_t size);
Bytes tagged(const Bytes& frame, std::uint16_t type, std::uint16_t tag);

// Sends `size` bytes of a pattern by TCP from one node to the other's address; how many arrived as
// they were.
std::size_t tcp_through(const Netns& from, const Netns& to, const std::string& address,
                        std::size_t size);
// How many of `count` datagrams, sent one after another and answered, came back.
int udp_echoes(const Netns& from, const Netns& to, const std::string& address, int count,
               std::size_t size = 1000);

// Echoes UDP, and accepts TCP, on port 7.
class EchoServer {
 public:
  explicit EchoServer(const Netns& netns);
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

 private:
  Fd udp_, tcp_;
  std::thread thread_;
};

// A process that is killed at the end.
class Child {
 public:
  explicit Child(const std::vector<std::string>& command, const Netns* inside = nullptr);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] int pid() const { return pid_; }
  int end(int signal);  // its status, as waitpid gives it
  void say(const std::string& text) const;
  [[nodiscard]] std::string hear(const std::string& until, milliseconds limit) const;

 private:
  int pid_ = -1;
  Fd terminal_;
};

// The namespace "host" and nodes a, b: lga and lgb are their outer ends.
class WithNodes : public testing::Test {
 protected:
  void SetUp() override;
  // 10.0.0.`number`, and its outer end "lg<name>" in the host.
  std::unique_ptr<Netns> make_node(const std::string& name, int number, int mtu = 1500);

  linkfab::test::TempDir directory_;
  std::unique_ptr<Netns> host_, a_, b_;
};

class WithRelay : public WithNodes {
 protected:
  void SetUp() override;
  void start_relay();
  [[nodiscard]] RelayErrors ask(const std::vector<RelayPort>& ports) const {
    return value_of(ask_relay(socket_, ports));
  }
  [[nodiscard]] RelayPort port(const std::string& outer, const std::string& local,
                               const std::string& remote, std::uint32_t longer_than = 0) const;

  std::string socket_;
  std::unique_ptr<Child> relay_;
};

}  // namespace linkfab::gateway::test
