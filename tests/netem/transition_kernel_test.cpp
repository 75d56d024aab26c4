// Every set of options is reached from every other in place, by one message.
#include <map>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "tests/netem/namespaces.hpp"

namespace linkfab::netem::test {
namespace {

using std::chrono::milliseconds;

std::map<std::string, Impairment> option_sets() {
  std::map<std::string, Impairment> sets;
  sets["none"];
  sets["delay"].delay = milliseconds{20};
  sets["long delay"].delay = std::chrono::seconds{300};  // beyond the 32-bit ticks
  sets["uniform jitter"] = {.delay = milliseconds{20}, .jitter = milliseconds{5}};
  sets["normal jitter"] = {.delay = milliseconds{20},
                           .jitter = milliseconds{5},
                           .delay_correlation = {25},
                           .distribution = "normal"};
  sets["largest table"] = {.delay = milliseconds{20},
                           .jitter = milliseconds{5},
                           .distribution = "table",
                           .table = DistributionTable(16384, 100)};
  sets["random loss"].loss = RandomLoss{{1}, {25}};
  sets["state loss"].loss = StateLoss{{1}, {90}, {10}, {70}, {2}};
  sets["gilbert-elliott loss"].loss = GilbertElliottLoss{{1}, {10}, {70}, {0.1}};
  sets["ecn"] = {.loss = RandomLoss{{1}, {}}, .ecn = true};
  sets["duplicate"] = {.duplicate = {1}, .duplicate_correlation = {10}};
  sets["corrupt"] = {.corrupt = {1}, .corrupt_correlation = {10}};
  sets["reorder"] = {
      .delay = milliseconds{10}, .reorder = {25}, .reorder_correlation = {50}, .gap = 5};
  sets["slow rate"] = {.rate = {1'000'000}};
  sets["fast rate"] = {.rate = {100'000'000'000}};
  sets["cells"] = {
      .rate = {10'000'000}, .packet_overhead = -4, .cell_size = 48, .cell_overhead = 5};
  sets["slot"].slot =
      Slot{.min_delay = milliseconds{1}, .max_delay = milliseconds{4}, .packets = 8};
  sets["even slot"].slot =
      Slot{.min_delay = milliseconds{2}, .max_delay = milliseconds{2}, .bytes = 3000};
  sets["normal slot"].slot =
      Slot{.distribution = "normal", .delay = milliseconds{10}, .jitter = milliseconds{2}};
  sets["limit"].limit = 12;
  sets["all"] = {
      .delay = milliseconds{20},
      .jitter = milliseconds{5},
      .delay_correlation = {25},
      .distribution = "table",
      .table = DistributionTable(16384, 100),
      .loss = GilbertElliottLoss{{1}, {10}, {70}, {0.1}},
      .ecn = true,
      .duplicate = {1},
      .duplicate_correlation = {2},
      .corrupt = {3},
      .corrupt_correlation = {4},
      .reorder = {5},
      .reorder_correlation = {6},
      .gap = 7,
      .rate = {50'000'000'000},
      .packet_overhead = 8,
      .cell_size = 9,
      .cell_overhead = 10,
      .slot = Slot{.distribution = "pareto", .delay = milliseconds{10}, .jitter = milliseconds{2}},
      .limit = 11};
  return sets;
}

TEST_F(WithNetem, EverySetOfOptionsIsReachedFromEveryOtherInPlace) {
  const auto sets = option_sets();
  for (const auto& [from, first] : sets) {
    for (const auto& [to, second] : sets) {
      SCOPED_TRACE(from + " -> " + to);
      value_of(host_->socket().request(replace_netem(p0_, value_of(to_netem(first, 1514)))));
      const Netem wanted = value_of(to_netem(second, 1514));
      value_of(host_->socket().request(replace_netem(p0_, wanted)));
      const Qdisc seen = host_->qdisc(p0_);
      ASSERT_EQ(seen.handle, our_handle);
      ASSERT_TRUE(seen.netem);
      ASSERT_TRUE(matches(wanted, *seen.netem));
    }
  }
}

TEST_F(WithNetem, TheEchoOfAChangeIsWhatTheKernelHoldsNow) {
  for (const auto& [name, impairment] : option_sets()) {
    SCOPED_TRACE(name);
    const Netem wanted = value_of(to_netem(impairment, 1514));
    Message message = replace_netem(p0_, wanted);
    message.header().nlmsg_flags |= NLM_F_ECHO;
    std::vector<Qdisc> seen;
    value_of(host_->socket().query(message, [&](const nlmsghdr& answer) {
      if (auto qdisc = decode_qdisc(answer)) seen.push_back(*qdisc);
    }));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_TRUE(matches(wanted, *seen[0].netem));
  }
}

}  // namespace
}  // namespace linkfab::netem::test
