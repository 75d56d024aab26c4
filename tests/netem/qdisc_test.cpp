#include "netem/qdisc.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <numeric>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "netem/attributes.hpp"
#include "netem/distribution.hpp"

namespace linkfab::netem {
namespace {

Netem everything() {
  Netem netem{.delay_ns = 300'000'000'123,
              .jitter_ns = 5'000'000,
              .limit = 11,
              .loss = 12,
              .gap = 13,
              .duplicate = 14,
              .delay_correlation = 15,
              .loss_correlation = 16,
              .duplicate_correlation = 17,
              .reorder = 18,
              .reorder_correlation = 19,
              .corrupt = 20,
              .corrupt_correlation = 21,
              .rate_bytes = 12'500'000'000,
              .packet_overhead = -22,
              .cell_size = 23,
              .cell_overhead = -24,
              .ecn = true,
              .loss_model = Netem::LossModel::state,
              .model = {25, 26, 27, 28, 29},
              .has_slot = true,
              .slot_min_delay = 30,
              .slot_max_delay = 31,
              .slot_dist_delay = 32,
              .slot_dist_jitter = 33,
              .slot_packets = 34,
              .slot_bytes = 35,
              .seed = 36,
              .distribution = {1, 2, 3},
              .slot_distribution = {4, 5, 6}};
  return netem;
}

Netem decoded(const Netem& netem) {
  const Message message = replace_netem(IfIndex{7}, netem);
  const auto qdisc = decode_qdisc(message.header());
  EXPECT_TRUE(qdisc && qdisc->netem);
  EXPECT_EQ(qdisc->device, IfIndex{7});
  EXPECT_EQ(qdisc->handle, our_handle);
  return *qdisc->netem;
}

Attributes options_of(const Message& message) {
  const Attributes attributes{message.header(), sizeof(tcmsg)};
  return Attributes{attributes.bytes(TCA_OPTIONS).subspan(sizeof(tc_netem_qopt))};
}

TEST(NetemMessage, IsReadBackAsItWasWritten) {
  EXPECT_TRUE(matches(everything(), decoded(everything())));
  Netem other = everything();
  other.loss_model = Netem::LossModel::gilbert_elliott;
  other.model[4] = 0;
  other.rate_bytes = 1000;
  EXPECT_TRUE(matches(other, decoded(other)));
  EXPECT_TRUE(matches(Netem{}, decoded(Netem{})));
}

TEST(NetemMessage, IsInTheKernelsLayout) {
  const Message message =
      replace_netem(IfIndex{7}, Netem{.delay_ns = 20'000'000, .loss = 0x028f5c29});
  std::string hex;
  int column = 0;
  for (const std::uint8_t byte : payload(message.header())) {
    hex += fmt::format("{:02x}", byte);
    if (++column % 4 == 0) hex += ' ';
  }
  EXPECT_EQ(hex,
            "00000000 07000000 0000b0fa ffffffff 00000000 "  // tcmsg: device 7, fab0:, root
            "0a000100 6e657465 6d000000 "                    // TCA_KIND "netem"
            "a4000280 "                                      // TCA_OPTIONS, nested, 164
            "b4c40400 e8030000 295c8f02 00000000 00000000 00000000 "  // 312500 ticks, 1000, 1 %
            "0c000a00 002d3101 00000000 "                             // LATENCY64 20,000,000 ns
            "0c000b00 00000000 00000000 "                             // JITTER64
            "10000100 00000000 00000000 00000000 "                    // CORR
            "0c000300 00000000 00000000 "                             // REORDER
            "0c000400 00000000 00000000 "                             // CORRUPT
            "14000600 00000000 00000000 00000000 00000000 "           // RATE
            "08000700 00000000 "                                      // ECN
            "2c000c00 00000000 00000000 00000000 00000000 00000000 00000000 "  // SLOT
            "00000000 00000000 00000000 00000000 ");
}

TEST(NetemMessage, OverridesATableThatWasThereWithEvenSteps) {
  const auto table_sent = [](const Netem& netem, int attribute) {
    return options_of(replace_netem(IfIndex{7}, netem)).bytes(attribute).size();
  };
  const std::size_t uniform = uniform_distribution().size() * 2;
  EXPECT_EQ(table_sent({.jitter_ns = 1}, TCA_NETEM_DELAY_DIST), uniform);
  EXPECT_EQ(table_sent({.has_slot = true, .slot_dist_jitter = 1}, TCA_NETEM_SLOT_DIST), uniform);
  EXPECT_EQ(table_sent({.delay_ns = 1}, TCA_NETEM_DELAY_DIST), 0U);
  EXPECT_EQ(table_sent({.has_slot = true, .slot_min_delay = 1}, TCA_NETEM_SLOT_DIST), 0U);
}

TEST(Match, IgnoresWhatTheKernelDoesNotReport) {
  Netem wanted = everything();
  Netem reported = everything();
  reported.distribution.clear();
  reported.slot_distribution.clear();
  EXPECT_TRUE(matches(wanted, reported));
  wanted.seed.reset();
  EXPECT_TRUE(matches(wanted, reported));
  wanted.seed = 1;
  EXPECT_FALSE(matches(wanted, reported));
  wanted = everything();
  wanted.cell_overhead = 0;
  EXPECT_FALSE(matches(wanted, reported));
}

TEST(Qdisc, OfAnotherKindHasNoNetem) {
  Message message{RTM_NEWQDISC, 0, "test"};
  tcmsg header{};
  header.tcm_parent = TC_H_ROOT;
  message.append(header).put(TCA_KIND, "noqueue");
  const auto qdisc = decode_qdisc(message.header());
  ASSERT_TRUE(qdisc);
  EXPECT_EQ(qdisc->kind, "noqueue");
  EXPECT_FALSE(qdisc->netem);
}

TEST(Qdisc, ThatIsNotARootIsSkipped) {
  Message message{RTM_NEWQDISC, 0, "test"};
  tcmsg header{};
  header.tcm_parent = TC_H_INGRESS;
  message.append(header).put(TCA_KIND, "clsact");
  EXPECT_FALSE(decode_qdisc(message.header()));
}

}  // namespace
}  // namespace linkfab::netem
