// What frames notice of a netem, measured by datagrams from "p0" to "eth0".
#include <sys/socket.h>

#include <algorithm>
#include <arpa/inet.h>
#include <poll.h>

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "netem/address.hpp"
#include "tests/netem/namespaces.hpp"

namespace linkfab::netem::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

sockaddr_in address_of(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

class Frames : public WithNetem {
 protected:
  void SetUp() override {
    WithNetem::SetUp();
    if (IsSkipped()) return;
    value_of(host_->socket().request(add_address(p0_, "10.0.0.1/24")));
    value_of(node_->socket().request(add_address(node_->device("eth0").index, "10.0.0.2/24")));
    out_ = open(*host_, "10.0.0.1");
    in_ = open(*node_, "10.0.0.2");
    send();
    ASSERT_TRUE(receive(milliseconds{2000}));  // the neighbours know each other from here on
  }

  static Fd open(const Namespace& where, const char* text) {
    const auto inside = EnteredNetns::enter(where.fd()).value();
    Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const sockaddr_in address = address_of(text);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("bind");
    }
    return fd;
  }

  void send(char value = 0) {
    const sockaddr_in to = address_of("10.0.0.2");
    ::sendto(out_.get(), &value, 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

  bool receive(milliseconds limit) {
    pollfd waiting{in_.get(), POLLIN, 0};
    char value = 0;
    return ::poll(&waiting, 1, static_cast<int>(limit.count())) == 1 &&
           ::recv(in_.get(), &value, 1, 0) == 1;
  }

  // How long one datagram takes.
  double milliseconds_through() {
    const auto start = steady_clock::now();
    send();
    if (!receive(milliseconds{5000})) return -1;
    return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
  }

  void set(const Impairment& want) {
    value_of(host_->socket().request(replace_netem(p0_, value_of(to_netem(want, 1514)))));
  }

  Fd out_;
  Fd in_;
};

TEST_F(Frames, AreDelayedByWhatWasAskedFor) {
  set({.delay = milliseconds{50}});
  double quickest = 1000;  // the others are late by as much as this process waited for its turn
  for (int i = 0; i < 10; ++i) {
    const double taken = milliseconds_through();
    EXPECT_GE(taken, 50);
    quickest = std::min(quickest, taken);
  }
  EXPECT_LE(quickest, 55);
}

TEST_F(Frames, InTheQueueSurviveAChange) {
  set({.delay = milliseconds{300}});
  for (int i = 0; i < 20; ++i) send();
  set({.delay = milliseconds{1},
       .jitter = milliseconds{1},
       .loss = StateLoss{{0.001}, {}, {}, {}, {}}});
  EXPECT_EQ(host_->qdisc(p0_).handle, our_handle);
  EXPECT_GE(host_->qdisc(p0_).stats.backlog_packets, 20U);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(receive(milliseconds{1000})) << i;
}

TEST_F(Frames, AreSpreadEvenlyAgainAfterADistributionTable) {
  // Every delay of this table is four jitters too long.
  set({.delay = milliseconds{20},
       .jitter = milliseconds{10},
       .distribution = "table",
       .table = {32767}});
  EXPECT_GE(milliseconds_through(), 59);
  set({.delay = milliseconds{20}, .jitter = milliseconds{10}});
  int early = 0;
  for (int i = 0; i < 60; ++i) {
    const double taken = milliseconds_through();
    EXPECT_GE(taken, 10);
    EXPECT_LE(taken, 50);
    early += taken < 20 ? 1 : 0;
  }
  EXPECT_GE(early, 10);
  EXPECT_LE(early, 50);
}

TEST_F(Frames, LeaveInSlotsOfARangeAgainAfterASlotsDistribution) {
  const auto slot = [&](const Slot& wanted) { set({.slot = wanted}); };
  const auto burst = [&] {
    const auto start = steady_clock::now();
    for (int i = 0; i < 11; ++i) send();
    for (int i = 0; i < 11; ++i) EXPECT_TRUE(receive(milliseconds{5000}));
    return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
  };
  slot({.distribution = "normal",
        .delay = milliseconds{60},
        .jitter = milliseconds{1},
        .packets = 1});
  EXPECT_GE(burst(), 540);
  slot({.min_delay = milliseconds{10}, .max_delay = milliseconds{20}, .packets = 1});
  const double ranged = burst();
  EXPECT_GE(ranged, 90);
  EXPECT_LE(ranged, 350);
  set({});
  EXPECT_LE(burst(), 50);
}

TEST_F(Frames, AreLostAndCounted) {
  set({.loss = RandomLoss{{100}, {}}});
  const auto before = host_->qdisc(p0_).stats.drops;
  for (int i = 0; i < 10; ++i) send();
  EXPECT_FALSE(receive(milliseconds{50}));
  EXPECT_GE(host_->qdisc(p0_).stats.drops, before + 10);
  set({});
  EXPECT_GE(milliseconds_through(), 0);
}

TEST_F(Frames, AreShapedAsTcReadsIt) {
  set({.delay = milliseconds{20},
       .loss = GilbertElliottLoss{{1}, {10}, {70}, {0.5}},
       .ecn = true,
       .rate = {10'000'000},
       .limit = 500});
  const auto inside = EnteredNetns::enter(host_->fd()).value();
  const std::string text = output_of("tc -d qdisc show dev p0 2>/dev/null");
  if (text.empty()) GTEST_SKIP() << "there is no tc to ask";
  EXPECT_THAT(text, HasSubstr("qdisc netem fab0: root"));
  EXPECT_THAT(text, HasSubstr("limit 500 delay 20ms"));
  EXPECT_THAT(text, HasSubstr("loss gemodel p 1% r 10% 1-h 70% 1-k 0.5%"));
  EXPECT_THAT(text, HasSubstr("rate 10Mbit"));
  EXPECT_THAT(text, HasSubstr("ecn"));
}

TEST_F(Frames, AreLeftAloneWhenTheNetemIsRemoved) {
  set({.delay = milliseconds{50}});
  value_of(host_->socket().request(delete_netem(p0_)));
  EXPECT_NE(host_->qdisc(p0_).kind, "netem");
  EXPECT_LE(milliseconds_through(), 20);
}

}  // namespace
}  // namespace linkfab::netem::test
