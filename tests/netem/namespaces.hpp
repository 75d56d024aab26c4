// Namespaces of a test's own, with a socket in each; gone with all their devices at the end of the
// test.
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "netem/device.hpp"
#include "netem/netns.hpp"
#include "netem/qdisc.hpp"
#include "netem/socket.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::netem::test {

// The value of a Result that has one; throws its error's text, which fails the test.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(linkfab::format(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// What a command prints; it runs in the namespace that the caller has entered.
inline std::string output_of(const char* command) {
  std::string text;
  std::array<char, 1024> part;
  FILE* const pipe = ::popen(command, "r");
  if (pipe == nullptr) return text;
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
  ::pclose(pipe);
  return text;
}

// A namespace that a test may fill: mounted in a private directory.
class Namespace {
 public:
  explicit Namespace(std::string path) : path_(std::move(path)) {
    value_of(create_netns(path_));
    fd_ = value_of(open_netns(path_));
    const auto inside = EnteredNetns::enter(fd_).value();
    socket_ = std::make_unique<Socket>(value_of(Socket::route()));
  }
  ~Namespace() {
    socket_.reset();
    (void)remove_netns(path_);
  }
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Fd& fd() const { return fd_; }
  [[nodiscard]] Socket& socket() const { return *socket_; }

  [[nodiscard]] Device device(const std::string& name) const {
    for (Device& device : value_of(dump_devices(*socket_))) {
      if (device.name == name) return device;
    }
    throw std::runtime_error("no device " + name);
  }
  [[nodiscard]] Qdisc qdisc(IfIndex device) const {
    for (Qdisc& qdisc : value_of(dump_qdiscs(*socket_))) {
      if (qdisc.device == device) return qdisc;
    }
    throw std::runtime_error("no qdisc");
  }

 private:
  std::string path_;
  Fd fd_;
  std::unique_ptr<Socket> socket_;
};

// "host" is where the fabric's ends are, "node" is a container's.
class WithNamespaces : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to make network namespaces";
    host_ = std::make_unique<Namespace>(directory_ / "host");
    node_ = std::make_unique<Namespace>(directory_ / "node");
  }

  // A pair "p0" (host) and "eth0" (node), both up.
  void make_pair() {
    const Message created = create_veth({.host_name = "p0",
                                         .group = 7,
                                         .node_name = "eth0",
                                         .node_netns = node_->fd().get(),
                                         .node_mac = "02:00:00:00:00:01"});
    value_of(host_->socket().request(created));
    value_of(host_->socket().request(change_device("p0", {.up = true})));
    value_of(node_->socket().request(change_device("eth0", {.up = true})));
  }

  linkfab::test::TempDir directory_;
  std::unique_ptr<Namespace> host_;
  std::unique_ptr<Namespace> node_;
};

// A pair with netem on "p0", where the kernel has it.
class WithNetem : public WithNamespaces {
 protected:
  void SetUp() override {
    WithNamespaces::SetUp();
    if (IsSkipped()) return;
    make_pair();
    p0_ = host_->device("p0").index;
    const auto first = host_->socket().request(replace_netem(p0_, Netem{}));
    if (!first && first.error().code == Errc::not_found) {
      GTEST_SKIP() << "this kernel has no netem: " << first.error().cause;
    }
    value_of(first);
  }

  IfIndex p0_;
};

}  // namespace linkfab::netem::test
