// What a database says of a time before the machine's last start, under a real ovsdb-server.
#include "fabric/earlier_boot.hpp"

#include <gtest/gtest.h>

#include "fabric/hosts.hpp"
#include "fabric/status.hpp"
#include "tests/fabric/desired_fixture.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::Transaction;

class EarlierBoot : public testing::Test {
 protected:
  // A node with an interface, a link and a segment of each host, all of them up.
  void describe(const std::string& machine, const std::vector<std::string>& hosts) {
    Transaction change{database};
    const auto up = [](const auto& status, const std::string& host) {
      return with(status_columns(status), {{"host", host}});
    };
    for (const auto& host : hosts) {
      change.insert("Host", {{"name", host}, {"capabilities", Datum::map({{"machine", machine}})}});
      const auto ends = add_node(change, "n" + host, {"eth0", "eth1"});
      add_link(change, "l" + host, ends[0], ends[1]);
      add_segment(change, "s" + host, ends);
      change.update("Node", ovsdb::by_column("name", "n" + host),
                    up(NodeStatus{.state = NodeStatus::State::running, .pid = 7}, host));
      for (const auto* name : {"eth0", "eth1"})
        change.update(
            "Interface", {{"name", "==", name}, {"host", "==", ""}},
            up(InterfaceStatus{.state = InterfaceStatus::State::up, .device = "lf0"}, host));
      for (const auto& [table, row] : {std::pair{"Link", "l" + host}, {"Segment", "s" + host}})
        change.update(table, ovsdb::by_column("name", row),
                      up(JointStatus{.state = JointStatus::State::up}, host));
    }
    const auto done = transact(context_, server_.remote(), std::move(change));
    ASSERT_TRUE(done) << format(done.error());
  }
  Result<void> forget(const std::string& host, bool shared) {
    ovsdb::Session session(context_.get_executor(), {.remotes = {server_.remote()}});
    session.start();
    EXPECT_TRUE(test::run(context_, session.wait_connected(std::chrono::seconds{10})));
    return test::run(context_, forget_earlier_boot(session, host, shared));
  }
  // How many rows of the host still say how they are, of each table.
  std::vector<std::uint64_t> known(const std::string& host) {
    Transaction question{database};
    const std::vector<const char*> tables{"Node", "Interface", "Link", "Segment"};
    for (const auto* table : tables)
      question.select(table, {{"host", "==", host}, {"state", "!=", Datum()}}, {"_uuid"});
    const auto reply = transact(context_, server_.remote(), std::move(question));
    EXPECT_TRUE(reply) << format(reply.error());
    std::vector<std::uint64_t> counts;
    for (const auto& operation : reply->operations) counts.push_back(operation.rows.size());
    return counts;
  }

  boost::asio::io_context context_;
  test::OvsdbServer server_{{.schemas = {LINKFAB_SCHEMA_FILE}}};
  const std::vector<std::uint64_t> all_{1, 2, 1, 1};
  const std::vector<std::uint64_t> none_{0, 0, 0, 0};
};

TEST_F(EarlierBoot, WhatWasSeenBeforeItIsForgotten) {
  describe("this machine before", {"h1"});
  ASSERT_EQ(known("h1"), all_);
  ASSERT_TRUE(forget("h1", false));
  EXPECT_EQ(known("h1"), none_);
}

TEST_F(EarlierBoot, WhatWasSeenSinceStays) {
  describe(this_machine(), {"h1"});
  ASSERT_TRUE(forget("h1", false));
  EXPECT_EQ(known("h1"), all_);
}

TEST_F(EarlierBoot, OtherHostsAreNotConcerned) {
  describe("a machine before", {"h1", "h2"});
  ASSERT_TRUE(forget("h2", true));
  EXPECT_EQ(known("h1"), all_);
  EXPECT_EQ(known("h2"), none_);
}

TEST_F(EarlierBoot, AFirstAgentFindsNothingToForget) {
  EXPECT_TRUE(forget("h1", false));
}

}  // namespace
}  // namespace linkfab::fabric
