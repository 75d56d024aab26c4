#include "capture/packet_ring.hpp"

#include <linux/bpf_common.h>

#include <gtest/gtest.h>

namespace linkfab::capture {
namespace {

TEST(RingFilter, KeepsSoMuchOfAFrameAsIsWanted) {
  const auto program =
      ring_filter({.directions = {.in = true}, .filter = netem::every_frame(), .snaplen = 96});
  ASSERT_EQ(program.size(), 1U);
  EXPECT_EQ(program.front().operand, 96U);
}

TEST(RingFilter, ARefusalStaysOne) {
  const auto filter = netem::compile_filter("udp");
  ASSERT_TRUE(filter);
  const auto program =
      ring_filter({.directions = {.in = true, .out = true}, .filter = *filter, .snaplen = 96});
  ASSERT_EQ(program.size(), filter->size());
  for (std::size_t i = 0; i < program.size(); ++i) {
    const bool accepts = filter->at(i).code == (BPF_RET | BPF_K) && filter->at(i).operand != 0;
    EXPECT_EQ(program[i].operand, accepts ? 96U : filter->at(i).operand);
  }
}

TEST(RingFilter, OnlyWhatGoesOutIsAskedForBeforeAllElse) {
  const auto program = ring_filter({.directions = {.out = true}, .filter = netem::every_frame()});
  ASSERT_EQ(program.size(), 4U);
  EXPECT_EQ(program[1].operand, 4U) << "PACKET_OUTGOING";
  EXPECT_EQ(program[1].jump_true, 1) << "past the refusal";
  EXPECT_EQ(program[2].operand, 0U);
}

}  // namespace
}  // namespace linkfab::capture
