#include "fabric/rows.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "netem/impairment.hpp"
#include "tests/fabric/samples.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::Row;

TEST(Rows, AnImpairmentReadsAsItIsWritten) {
  for (const auto& sample : sample_impairments()) {
    const auto read = decode_impairment(impairment_columns(sample));
    ASSERT_TRUE(read) << format(read.error());
    EXPECT_EQ(*read, sample) << netem::format(sample);
  }
}

TEST(Rows, AnImpairmentThatLeavesFramesAloneHasOnlyDefaults) {
  const auto read = decode_impairment({});
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, Impairment{});
}

TEST(Rows, ALossModelWithoutAllItsNumbersHasTheUsualOnes) {
  const auto state = decode_impairment({{"loss_state", Datum::map({{"p13", 1.0}})}});
  ASSERT_TRUE(state);
  EXPECT_EQ(state->loss, netem::Loss(netem::StateLoss{.p13 = {1}}));
  const auto elliott = decode_impairment({{"loss_gemodel", Datum::map({{"p", 1.0}})}});
  ASSERT_TRUE(elliott);
  EXPECT_EQ(elliott->loss, netem::Loss(netem::GilbertElliottLoss{.p = {1}}));
}

TEST(Rows, ANodeReadsAsItIsWritten) {
  for (const Node& node : {Node{}, sample_node(), Node{.kind = NodeKind::external},
                           Node{.state = NodeState::stopped}}) {
    const auto read = decode_node(node_columns("r1", node));
    ASSERT_TRUE(read) << format(read.error());
    EXPECT_EQ(*read, node);
  }
}

TEST(Rows, AnInterfaceReadsAsItIsWritten) {
  for (const Interface& interface :
       {Interface{}, sample_interface(), Interface{.carrier_always = true},
        Interface{.gateway = TapGateway{"tap0"}, .carrier_always = true}})
    EXPECT_EQ(decode_interface(interface_columns("eth0", interface)), interface);
}

TEST(Rows, ARouteReadsAsItIsWritten) {
  for (const Route& route : sample_node().routes) {
    const auto read = parse_route(format(route));
    ASSERT_TRUE(read) << format(route);
    EXPECT_EQ(*read, route);
  }
}

TEST(Rows, ARouteThatMakesNoSenseIsNamed) {
  for (const char* text : {"", "10.0.0.0/8", "10.0.0.0/8 via", "10.0.0.0/8 through 10.0.0.1",
                           "10.0.0.0/8 via 10.0.0.1 via 10.0.0.2", "10.0.0.0/8 dev"}) {
    const auto read = parse_route(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().attempt, "read route '" + std::string(text) + "'");
  }
  const auto node = decode_node({{"routes", Datum::set({"nowhere"})}});
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, Errc::invalid);
}

TEST(Rows, AnImpairmentThatTheKernelWouldIgnoreIsRefused) {
  const auto read = decode_impairment({{"reorder", 5.0}});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().attempt, "use reorder=5%");
}

TEST(Rows, TheAgentFollowsNoColumnThatOnlyItWrites) {
  const auto followed = wanted_columns().tables;
  for (const char* column : {"state", "pid", "container", "progress", "error"})
    EXPECT_EQ(std::ranges::count(followed.at("Node"), column), 0) << column;
  for (const char* column : {"state", "device", "ofport", "error", "statistics"})
    EXPECT_EQ(std::ranges::count(followed.at("Interface"), column), 0) << column;
  for (const char* column : {"cur_cfg", "cur_stats", "error"})
    EXPECT_EQ(std::ranges::count(followed.at("Host"), column), 0) << column;
}

TEST(Starts, OnlyWhatWasWantedStopped) {
  const auto row = [](NodeState state) { return ovsdb::Row{{"wanted", Datum(format(state))}}; };
  EXPECT_TRUE(starts(row(NodeState::stopped), "running"));
  EXPECT_TRUE(starts(row(NodeState::stopped), "paused"));
  EXPECT_FALSE(starts(row(NodeState::stopped), "stopped"));
  EXPECT_FALSE(starts(row(NodeState::running), "running"));
  EXPECT_FALSE(starts(row(NodeState::paused), "running"));
}

}  // namespace
}  // namespace linkfab::fabric
