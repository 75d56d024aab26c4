// Programs of the kernel in the namespace "host", with a relay beside them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "gateway/programs.hpp"
#include "tests/gateway/fixture.hpp"

namespace linkfab::gateway::test {

using Paths = std::map<std::string, Path>;

inline Tunnel tunnel(const std::string& local, const std::string& remote) {
  return {value_of(parse_udp_address(local)), value_of(parse_udp_address(remote))};
}

class ProgramsTest : public WithRelay {
 protected:
  void SetUp() override {
    WithRelay::SetUp();
    if (IsSkipped()) return;
    programs_ = load("test");
    if (!programs_) GTEST_SKIP() << reason_;
  }
  void TearDown() override {
    if (programs_ && host_) (void)apply({});
  }

  std::unique_ptr<Programs> load(const std::string& instance) {
    auto loaded = Programs::load(instance, directory_ / "state");
    if (loaded) return std::make_unique<Programs>(*std::move(loaded));
    reason_ = format(loaded.error());
    return nullptr;
  }
  // In the host's namespace; the errors as text.
  [[nodiscard]] std::map<std::string, std::string> apply(const Paths& wanted,
                                                         Programs& programs) const {
    std::map<std::string, std::string> errors;
    value_of(in_netns(host_->path(), [&]() -> Result<void> {
      for (const auto& [outer, error] : programs.apply(wanted)) errors[outer] = format(error);
      return {};
    }));
    return errors;
  }
  [[nodiscard]] std::map<std::string, std::string> apply(const Paths& wanted) const {
    return apply(wanted, *programs_);
  }
  [[nodiscard]] Counters counters(const std::string& outer) const {
    Counters found;
    value_of(in_netns(host_->path(), [&]() -> Result<void> {
      const auto all = programs_->counters();
      if (all.contains(outer)) found = all.at(outer);
      return {};
    }));
    return found;
  }
  [[nodiscard]] std::uint32_t longest(const std::string& outer) const {
    std::uint32_t found = 0;
    value_of(in_netns(host_->path(), [&]() -> Result<void> {
      found = programs_->longest().at(outer);
      return {};
    }));
    return found;
  }
  // The relay holds the ports and carries what the kernel does not.
  void hold_ports(const std::string& local = "127.0.0.1:1001",
                  const std::string& remote = "127.0.0.1:1002") const {
    EXPECT_THAT(ask({port("lga", local, remote, longest("lga"))}), testing::IsEmpty());
  }
  [[nodiscard]] std::string traces() const {
    return host_->run(
        "sh -c 'for d in $(ls /sys/class/net); do tc qdisc show dev $d clsact;"
        " tc filter show dev $d ingress; done; ip -d link | grep -o \"promiscuity [1-9]\";"
        " cat /proc/sys/net/ipv4/conf/lo/route_localnet /proc/sys/net/ipv4/conf/lo/accept_local'");
  }

  // Every kind of frame, in both directions between a node and a peer's socket.
  void compare_frames(const RawEnd& node, const UdpEnd& peer, std::size_t longest_sent) const {
    const Bytes plain = frame(0x0a, 0x88b5, 100);
    const Bytes twice = tagged(tagged(plain, 0x8100, 5), 0x88a8, 6);
    for (const Bytes& sent :
         {plain, tagged(plain, 0x8100, 0x6123), twice, tagged(twice, 0x8100, 7),
          tagged(frame(0x0a, 0x0800, 60), 0x8100, 0), frame(0x0a, 0x0806, 42),
          frame(0x0a, 0x88cc, 14), frame(0x0a, 0x0800, 15), frame(0x0a, 0x86dd, 33),
          frame(0x0a, 0x0800, 34), frame(0x0a, 0x0027, 60), frame(0x0a, 0x86dd, 1000),
          frame(0x0a, 0x0800, longest_sent)}) {
      node.send(sent);
      EXPECT_EQ(peer.receive(), sent);
      peer.send(sent);
      EXPECT_EQ(node.receive(0x0a), sent);
    }
    Bytes multicast = frame(0x0a, 0x0027, 60);
    multicast[0] = 0x01;
    node.send(multicast);
    EXPECT_EQ(peer.receive(), multicast);
  }

  std::unique_ptr<Programs> programs_;
  std::string reason_;
};

}  // namespace linkfab::gateway::test
