// Many messages at once against the kernel.
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "tests/netem/namespaces.hpp"

namespace linkfab::netem::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::StartsWith;

class Batch : public WithNamespaces {
 protected:
  static constexpr int pairs = 500;
  static constexpr std::uint32_t group = 4711;

  std::vector<Message> five_hundred_pairs() {
    std::vector<Message> messages;
    for (int i = 0; i < pairs; ++i) {
      messages.push_back(create_veth({.host_name = fmt::format("h{}", i),
                                      .group = group,
                                      .node_name = fmt::format("n{}", i),
                                      .node_netns = node_->fd().get()}));
    }
    return messages;
  }
};

TEST_F(Batch, FiveHundredPairsAreMadeStraightIntoANamespaceAndDeletedByTheirGroup) {
  // lo, and on some kernels the fallback tunnels
  const auto devices_of = [](const Namespace& where) {
    return value_of(dump_devices(where.socket())).size();
  };
  const auto before_host = devices_of(*host_);
  const auto before_node = devices_of(*node_);
  std::vector<Message> messages = five_hundred_pairs();
  for (int i = 0; i < pairs; ++i) {
    messages.push_back(change_device(fmt::format("h{}", i), {.up = true, .alias = "lf"}));
  }
  for (const auto& result : host_->socket().request(messages)) value_of(result);
  EXPECT_EQ(devices_of(*host_), before_host + pairs);
  EXPECT_EQ(devices_of(*node_), before_node + pairs);
  EXPECT_EQ(host_->device("h499").alias, "lf");
  EXPECT_EQ(host_->device("h499").group, group);

  value_of(host_->socket().request(delete_group(group)));
  EXPECT_EQ(devices_of(*host_), before_host);
  EXPECT_EQ(devices_of(*node_), before_node);
}

TEST_F(Batch, TheOneBadMessageOfABatchIsReportedAloneInTheKernelsWords) {
  std::vector<Message> messages = five_hundred_pairs();
  messages[250] = create_veth({.host_name = "sixteen-letters-", .node_name = "n250"});
  const auto results = host_->socket().request(messages);
  ASSERT_EQ(results.size(), messages.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (i == 250) continue;
    EXPECT_TRUE(results[i]) << i << " " << format(results[i].error());
  }
  ASSERT_FALSE(results[250]);
  EXPECT_EQ(results[250].error().code, Errc::invalid);
  EXPECT_THAT(format(results[250].error()),
              AllOf(StartsWith("create device sixteen-letters-: "),
                    EndsWith(": Attribute failed policy validation")));
}

TEST_F(Batch, WhatExistsIsNotMadeTwice) {
  make_pair();
  const auto again = host_->socket().request(create_veth({.host_name = "p0", .node_name = "x"}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::exists);
}

TEST_F(Batch, ABatchLargerThanTheBuffersIsCarriedInParts) {
  make_pair();
  // 3,000 messages of 9 KB or more would be 27 MB at once.
  const std::vector<char> ballast(9000);
  std::vector<Message> messages;
  for (int i = 0; i < 3000; ++i) {
    messages.push_back(change_device("p0", {.mtu = 1500 + static_cast<std::uint32_t>(i)}));
    messages.back().put(4000, ballast.data(),
                        ballast.size());  // an attribute that the kernel skips
  }
  for (const auto& result : host_->socket().request(messages)) value_of(result);
  EXPECT_EQ(host_->device("p0").mtu, 4499U);
}

TEST_F(Batch, NothingIsAnEmptyBatch) {
  EXPECT_TRUE(host_->socket().request(std::span<const Message>{}).empty());
}

}  // namespace
}  // namespace linkfab::netem::test
