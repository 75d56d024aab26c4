// What the database itself refuses, whoever writes it, and that it takes all that linkfab writes.

#include "tests/fabric/desired_fixture.hpp"
#include "tests/fabric/samples.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Columns;
using ovsdb::Datum;
using ovsdb::Transaction;

class LinkfabSchema : public WithLinkfabDatabase {
 protected:
  void expect_refused(const std::string& table, const Columns& columns) {
    Transaction change{database};
    change.insert(table, columns);
    const auto reply = run(session_.transact(std::move(change)));
    ASSERT_FALSE(reply) << table << "." << columns.back().first;
    EXPECT_EQ(reply.error().code, Errc::refused) << format(reply.error());
  }
  static Columns node(const Columns& more) { return with(node_columns("r1", {}), more); }
};

TEST_F(LinkfabSchema, AnImpairmentOutOfRangeIsRefused) {
  for (const char* share : {"loss", "loss_correlation", "delay_correlation", "duplicate", "corrupt",
                            "reorder", "reorder_correlation"}) {
    expect_refused("Impairment", {{share, 100.001}});
    expect_refused("Impairment", {{share, -0.001}});
  }
  for (const char* amount :
       {"delay_ns", "jitter_ns", "rate_bps", "burst_bytes", "gap", "cell_size"})
    expect_refused("Impairment", {{amount, -1}});
  expect_refused("Impairment", {{"limit_packets", 0}});
  expect_refused("Impairment", {{"distribution", "gaussian"}});
  expect_refused("Impairment", {{"loss_state", Datum::map({{"p99", 1.0}})}});
  expect_refused("Impairment", {{"loss_gemodel", Datum::map({{"p", 101.0}})}});
  expect_refused("Impairment",
                 {{"distribution_table", Datum::map({{std::int64_t{0}, std::int64_t{32768}}})}});
}

TEST_F(LinkfabSchema, UnknownKindsAndStatesAreRefused) {
  expect_refused("Node", {{"name", "r1"}, {"wanted", "running"}, {"kind", "vm"}});
  expect_refused("Node", {{"name", "r1"}, {"kind", "netns"}, {"wanted", "asleep"}});
  expect_refused("Node", node({{"state", "asleep"}}));
  expect_refused("Link", {{"name", "l1"}, {"wanted", "down"}});
  expect_refused("Segment", {{"name", "s1"}, {"wanted", "up"}, {"kind", "bus"}});
}

TEST_F(LinkfabSchema, NamesThatAreTooLongOrMissingAreRefused) {
  expect_refused("Interface", {{"name", std::string(16, 'x')}});
  expect_refused("Interface", {{"name", ""}});
  expect_refused("Node", {{"name", std::string(64, 'x')}});
  expect_refused("Node", {{"name", ""}});
  expect_refused("Interface", {{"name", "eth0"}, {"mtu", 67}});
  expect_refused("Interface", {{"name", "eth0"}, {"mac", "02:00"}});
}

TEST_F(LinkfabSchema, ANameIsTakenOnce) {
  Transaction first{database};
  add_node(first, "r1", {});
  commit(std::move(first));
  expect_refused("Node", node({}));
  for (const char* table : {"Link", "Segment"}) {
    Columns columns{{"name", "x"}, {"wanted", "up"}};
    if (std::string(table) == "Segment") columns.emplace_back("kind", "hub");
    Transaction change{database};
    change.insert(table, columns);
    commit(std::move(change));
    expect_refused(table, columns);
  }
}

TEST_F(LinkfabSchema, WhatIsWrittenIsReadBackFromTheServer) {
  const auto samples = sample_impairments();
  Transaction change{database};
  Node node = sample_node();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto a = add_node(change, "a" + std::to_string(i), {"eth0"});
    const auto b = add_node(change, "b" + std::to_string(i), {"eth0"});
    const auto impairment = change.insert("Impairment", impairment_columns(samples[i]));
    add_link(change, std::to_string(i), a[0], b[0], {{"a_to_b", impairment}});
  }
  const auto eth0 = change.insert("Interface", interface_columns("eth0", sample_interface()));
  change.insert("Node", with(node_columns("c1", node), {{"interfaces", eth0}}));
  commit(std::move(change));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ASSERT_TRUE(links().contains(std::to_string(i))) << i;
    EXPECT_EQ(links().at(std::to_string(i)).a_to_b, samples[i]) << i;
  }
  node.interfaces.emplace("eth0", sample_interface());
  EXPECT_EQ(nodes().at("c1"), node);
}

}  // namespace
}  // namespace linkfab::fabric
