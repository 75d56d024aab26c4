#include "tools/bridge/kernel_filters.hpp"

#include <gtest/gtest.h>

namespace linkfab::tools {
namespace {

using namespace std::chrono_literals;
using ubridge::Filter;

std::string text(const std::vector<ubridge::FilterAction>& actions) {
  std::vector<Filter> filters;
  for (const auto& action : actions)
    filters.push_back({.name = "filter" + std::to_string(filters.size()), .action = action});
  const auto impairment = kernel_filters(filters);
  return impairment ? netem::format(*impairment) : "(here)";
}

TEST(KernelFilters, NetemDoesDelayLossAndSilence) {
  EXPECT_EQ(text({}), "");
  EXPECT_EQ(text({ubridge::Delay{10ms, 0ms}}), "delay=10ms");
  EXPECT_EQ(text({ubridge::PacketLoss{5}}), "loss=5%");
  EXPECT_EQ(text({ubridge::FrequencyDrop{-1}}), "loss=100%");
  EXPECT_EQ(text({ubridge::FrequencyDrop{0}}), "");
  EXPECT_EQ(text({ubridge::Delay{10ms, 0ms}, ubridge::PacketLoss{5}}), "delay=10ms loss=5%");
}

TEST(KernelFilters, JitterKeepsTheOrderOfFrames) {
  EXPECT_EQ(text({ubridge::Delay{10ms, 5ms}}), "delay=10ms jitter=5ms rate=100gbit");
}

ubridge::Bpf bpf(const char* expression, int link_type = 1) {
  return {.expression = expression, .link_type = {link_type}};
}

TEST(KernelFilters, ExpressionsAndCountsAreClasses) {
  EXPECT_EQ(text({ubridge::FrequencyDrop{3}}), "drop-every=3");
  EXPECT_EQ(text({bpf("icmp")}), "[icmp: loss=100%]");
  EXPECT_EQ(text({bpf("udp"), ubridge::PacketLoss{5}, bpf("arp")}),
            "loss=5% [arp: loss=100%] [udp: loss=100%]");
}

TEST(KernelFilters, WhatTheKernelDoesNotMeanIsDoneHere) {
  EXPECT_EQ(text({ubridge::FrequencyDrop{70000}}), "(here)");
  EXPECT_EQ(text({ubridge::Corrupt{5}}), "(here)");
  EXPECT_EQ(text({bpf("host r1.example")}), "(here)");
  EXPECT_EQ(text({bpf("len > 100", 50)}), "(here)");
  EXPECT_EQ(text({ubridge::Delay{10ms, 0ms}, ubridge::Corrupt{5}}), "(here)");
}

TEST(KernelFilters, TwoOfAKindAreDoneHere) {
  EXPECT_EQ(text({ubridge::Delay{10ms, 0ms}, ubridge::Delay{5ms, 0ms}}), "(here)");
}

}  // namespace
}  // namespace linkfab::tools
