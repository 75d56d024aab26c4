// The history in a real database.
#include "fabric/change_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "fabric/edit.hpp"
#include "fabric/lab_document.hpp"
#include "fabric/merge_patch.hpp"
#include "tests/fabric/desired_fixture.hpp"
#include "tests/ovsdb/json.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::json_of;
using ovsdb::text_of;
using ovsdb::Transaction;

Topology two_nodes() {
  Topology topology{.name = "lab", .nodes = {}, .links = {}, .segments = {}};
  topology.nodes["r1"].interfaces["eth0"].addresses = {"10.0.0.1/24"};
  topology.nodes["r2"].interfaces["eth0"];
  topology.links["cable"] = {.a = {"r1", "eth0"}, .b = {"r2", "eth0"}, .a_to_b = delayed(5)};
  topology.segments["lan"] = {.kind = SegmentKind::hub, .members = {}, .up = false};
  return topology;
}

Touched touched(int before, int after) {
  Touched touched;
  touched.before.links["cable"].a_to_b = delayed(before);
  touched.after.links["cable"].a_to_b = delayed(after);
  return touched;
}

TEST(MergePatch, MakesOneDocumentOfTheOther) {
  const auto check = [](const std::string& before, const std::string& after) {
    const auto patch = merge_patch(json_of(before), json_of(after));
    EXPECT_EQ(text_of(patched(json_of(before), patch)), text_of(json_of(after)));
    EXPECT_FALSE(first_difference(json_of(after), patch));
    return text_of(patch);
  };
  EXPECT_EQ(check(R"({"a":1,"b":{"c":[1],"d":2}})", R"({"a":1,"b":{"c":[2],"d":2}})"),
            R"({"b":{"c":[2]}})");
  EXPECT_EQ(check(R"({"a":"x","b":1})", R"({"a":{"y":2}})"), R"({"a":{"y":2},"b":null})");
  EXPECT_EQ(check(R"({"a":{"y":2}})", R"({"a":"x","c":{}})"), R"({"a":"x","c":{}})");
  EXPECT_EQ(check(R"({"a":1})", R"({"a":1})"), "{}");
}

TEST(MergePatch, KnowsWhatItTouches) {
  const auto patch = json_of(R"({"a":{"b":null},"c":{"d":1}})");
  EXPECT_TRUE(touches(patch, {"a", "b"}));
  EXPECT_TRUE(touches(patch, {"a", "b", "x"}));
  EXPECT_TRUE(touches(patch, {"a"}));
  EXPECT_FALSE(touches(patch, {"a", "x"}));
  EXPECT_FALSE(touches(patch, {"e"}));
  EXPECT_EQ(first_difference(json_of(R"({"a":{},"c":{"d":2}})"), patch), (JsonPath{"c", "d"}));
}

TEST(LabDocument, ATopologyComesBackFromIt) {
  const auto topology = two_nodes();
  const auto read = read_lab_document(lab_document(topology));
  ASSERT_TRUE(read) << format(read.error());
  EXPECT_EQ(*read, topology);
}

TEST(LabDocument, ALabWithoutANameAndNothingInIt) {
  const auto read = read_lab_document(lab_document({}));
  ASSERT_TRUE(read) << format(read.error());
  EXPECT_EQ(*read, Topology{});
}

TEST(LabDocument, SaysWhatIsWrong) {
  auto document = lab_document(two_nodes());
  document["nodes"].removeMember("r2");
  const auto read = read_lab_document(document);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().cause.find("r2"), std::string::npos) << read.error().cause;
}

TEST(ChangeRecord, LinksThatChangeAlikeAreOneTouch) {
  Touched many;
  for (int i = 0; i < 1000; ++i) {
    const auto name = "link" + std::to_string(i);
    many.before.links[name].a_to_b = delayed(10);
    many.after.links[name].a_to_b = delayed(50);
  }
  many.after.links["link7"].a_to_b = delayed(60);
  const auto touches = fabric::touches(many);
  ASSERT_EQ(touches.size(), 2u);
  EXPECT_EQ(touches[0].names.size() + touches[1].names.size(), 1000u);
  EXPECT_EQ(summary({.verb = "set"}, touches), "set: 1000 links changed");
  const auto back = parse_touches(text_of(to_json(touches)));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, touches);
}

TEST(ChangeRecord, BothDirectionsAreSaidOnce) {
  auto one = touched(10, 50);
  EXPECT_EQ(summary({.verb = "set"}, touches(one)), "set cable a_to_b delay 10ms → 50ms");
  one.before.links["cable"].b_to_a = delayed(10);
  one.after.links["cable"].b_to_a = delayed(50);
  EXPECT_EQ(summary({.verb = "set"}, touches(one)), "set cable delay 10ms → 50ms");
}

TEST(ChangeRecord, ALongSummaryEndsBetweenCharacters) {
  const std::string text(399, 'x');
  EXPECT_EQ(summary({.verb = "set", .about = text + "→"}, {}),
            "set " + std::string(396, 'x') + "…");
}

TEST(ChangeRecord, WhatIsNoRecordIsRefused) {
  for (const char* text : {"", "{}", "[1]", R"([{"kind":"link","names":"x"}])",
                           R"([{"kind":"link","names":[],"before":1,"after":null}])"})
    EXPECT_FALSE(parse_touches(text)) << text;
}

class ChangeLog : public WithLinkfabDatabase {
 protected:
  ChangeLog() {
    Transaction first{database};
    close_change(first, false);
    (void)commit(std::move(first));
    log_.monitor(
        {.database = database, .tables = {{"Fabric", {}}, {"Change", change_columns(true)}}});
    log_.start();
    EXPECT_TRUE(run(log_.wait_connected(std::chrono::seconds{10})));
  }
  const ovsdb::Replica& replica() { return log_.replica(database); }
  std::vector<Change> changes() { return decode_changes(replica().rows("Change")); }
  Transaction change(int before, int after) {
    Transaction made{database};
    made.update("Fabric", {}, {{"name", "lab"}});
    close_change(made, true);
    record(made, replica(),
           {.user = "alice", .uid = 1000, .how = "linkfab set", .time = WallTime{}},
           {.verb = "set"}, touched(before, after));
    return made;
  }

  ovsdb::Session log_{context_.get_executor(), {.remotes = {server_.remote()}}};
};

TEST_F(ChangeLog, AChangeAndItsRowAreOneTransaction) {
  const auto reply = run(log_.transact(change(10, 50)));
  ASSERT_TRUE(reply) << format(reply.error());
  EXPECT_EQ(change_number(*reply).value(), 2);
  ASSERT_EQ(changes().size(), 1u);
  const auto only = changes().front();
  EXPECT_EQ(only.number, 1);
  EXPECT_EQ(only.user, "alice");
  EXPECT_EQ(only.uid, 1000u);
  EXPECT_EQ(only.summary, "set cable a_to_b delay 10ms → 50ms");
  EXPECT_EQ(only.touches, touches(touched(10, 50)));
  EXPECT_EQ(newest_change(replica()), 1);

  auto refused = change(50, 80);
  refused.require("Fabric", {}, {{"name", "another"}});
  EXPECT_FALSE(run(log_.transact(std::move(refused))));
  EXPECT_EQ(changes().size(), 1u);
}

TEST_F(ChangeLog, OfTwoChangesAtTheSameMomentOneComesAfterTheOther) {
  auto one = change(10, 50);
  auto other = change(10, 80);
  std::vector<Errc> refused;
  int done = 0;
  for (auto* racing : {&one, &other})
    boost::asio::co_spawn(context_, session_.transact(std::move(*racing)),
                          [&](const std::exception_ptr&, const Result<ovsdb::Reply>& reply) {
                            ++done;
                            if (!reply) refused.push_back(reply.error().code);
                          });
  ASSERT_TRUE(test::run_until(context_, [&] { return done == 2; }));
  EXPECT_EQ(refused, std::vector{Errc::conflict});
  EXPECT_EQ(newest_change(replica()), 1);
  ASSERT_TRUE(run(log_.transact(change(50, 80))));
  ASSERT_EQ(changes().size(), 2u);
  EXPECT_EQ(changes().front().number, 2);
}

TEST_F(ChangeLog, TheOldestGo) {
  Transaction old{database};
  for (std::int64_t number = 1; number <= most_changes; ++number)
    old.insert("Change", {{"number", number}, {"bytes", number * 10}});
  old.update("Fabric", {}, {{"changes", most_changes}, {"change_bytes", most_changes * 10}});
  ASSERT_TRUE(run(log_.transact(std::move(old))));
  ASSERT_TRUE(run(log_.transact(change(10, 50))));
  EXPECT_EQ(std::ssize(changes()), most_changes);
  EXPECT_EQ(changes().front().number, most_changes + 1);
  EXPECT_EQ(changes().back().number, 2);
}

TEST_F(ChangeLog, WhatIsTooMuchGoesToo) {
  Transaction old{database};
  old.insert("Change", {{"number", 1}, {"bytes", most_bytes / 2}});
  old.insert("Change", {{"number", 2}, {"bytes", most_bytes + 100}});
  old.update("Fabric", {}, {{"changes", 2}, {"change_bytes", most_bytes + most_bytes / 2}});
  ASSERT_TRUE(run(log_.transact(std::move(old))));
  ASSERT_TRUE(run(log_.transact(change(10, 50))));
  ASSERT_EQ(changes().size(), 2u);
  EXPECT_EQ(changes().back().number, 2);
}

TEST_F(ChangeLog, WithoutADifferenceThereIsNoChange) {
  ASSERT_TRUE(run(log_.transact(change(10, 10))));
  EXPECT_TRUE(changes().empty());
  EXPECT_EQ(newest_change(replica()), 0);
}

TEST(ChangeLogText, TimesAreUtc) {
  EXPECT_EQ(utc_text(WallTime{std::chrono::milliseconds{1'772'366'400'123}}),
            "2026-03-01T12:00:00.123Z");
}

}  // namespace
}  // namespace linkfab::fabric
