// A lab that hosts share: who writes which host columns, linkfab hosts and host, against a real
// database server.
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "tests/ovsdb/json.hpp"
#include "tests/tools/lab_fixture.hpp"

namespace linkfab::cli {
namespace {

using ovsdb::Datum;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

using Places = std::map<std::string, std::string>;

std::string word_of(const char* file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

class SharedLab : public WithLab {
 protected:
  SharedLab() {
    ovsdb::Transaction first{fabric::database};
    first.update("Host", {}, {{"name", "h1"}, {"capabilities", here()}});
    for (const char* name : {"h2", "h3"})
      first.insert("Host", {{"name", name},
                            {"version", "0"},
                            {"labels", Datum::map({{"rack", name}})},
                            {"capabilities", Datum::map({{"shared", "true"}})}});
    write(std::move(first));
  }

  Datum here() const {
    const auto machine =
        word_of("/etc/machine-id") + " " + word_of("/proc/sys/kernel/random/boot_id");
    return Datum::map(
        {{"shared", "true"}, {"machine", machine}, {"run_dir", std::string(dir / "run")}});
  }

  std::vector<ovsdb::Row> select(const std::string& table, const ovsdb::Where& where = {}) {
    ovsdb::Transaction read{fabric::database};
    read.select(table, where, {});
    auto reply = test::run(context, observer.transact(std::move(read)));
    EXPECT_TRUE(reply);
    return reply->operations.front().rows;
  }
  void write(ovsdb::Transaction change) {
    const auto done = test::run(context, observer.transact(std::move(change)));
    EXPECT_TRUE(done) << format(done.error());
  }
  // Name → host.
  Places places(const std::string& table) {
    Places places;
    for (const auto& row : select(table))
      places[ovsdb::get(row, "name").string()] = ovsdb::get(row, "host").string();
    return places;
  }
  // "r1:eth0" → its row.
  std::map<std::string, ovsdb::Row> interfaces() {
    std::map<ovsdb::Uuid, ovsdb::Row> rows;
    for (const auto& row : select("Interface")) rows[*ovsdb::get(row, "_uuid").uuid()] = row;
    std::map<std::string, ovsdb::Row> named;
    for (const auto& node : select("Node"))
      for (const auto& uuid : ovsdb::get(node, "interfaces").uuids())
        named[ovsdb::get(node, "name").string() + ":" + ovsdb::get(rows[uuid], "name").string()] =
            rows[uuid];
    return named;
  }
  Places interface_places() {
    Places places;
    for (const auto& [name, row] : interfaces()) places[name] = ovsdb::get(row, "host").string();
    return places;
  }
  // Name → "h1 h2", the hosts that need it, of all tables that say so.
  std::map<std::string, std::string> needs() {
    auto rows = interfaces();
    for (const char* table : {"Node", "Link", "Segment"})
      for (const auto& row : select(table)) rows[ovsdb::get(row, "name").string()] = row;
    std::map<std::string, std::string> needs;
    for (const auto& [name, row] : rows)
      needs[name] = fmt::format("{}", fmt::join(ovsdb::get(row, "needed_by").strings(), " "));
    return needs;
  }
  void must(const std::vector<std::string>& arguments) {
    const auto done = linkfab(arguments);
    ASSERT_EQ(done.status, 0) << arguments.front() << ": " << done.err;
  }
  std::string file(const std::string& nodes) {
    EXPECT_TRUE(write_file(dir / "shared.json", R"({"name": "lab", "nodes": {)" + nodes + R"(},
      "links": [["r1:eth0", "r2:eth0"]], "segments": {"lan": {"interfaces": ["r2:eth1", "r3:eth1"]}}})"));
    return dir / "shared.json";
  }
  // One node a host.
  std::string spread_file() {
    return file(R"("r1": {"place": {"host": "h1"}}, "r2": {"place": {"rack": "h2"}},
                   "r3": {"place": {"host": "h3"}})");
  }
  void silence(const std::string& name) {
    ovsdb::Transaction change{fabric::database};
    change.update("Host", ovsdb::by_column("name", "h1"),
                  {{"silent", Datum::map({{name, std::int64_t{0}}})}});
    write(std::move(change));
  }
};

TEST_F(SharedLab, UpPlacesEveryRow) {
  must({"up", spread_file()});
  EXPECT_THAT(places("Node"),
              UnorderedElementsAre(Pair("r1", "h1"), Pair("r2", "h2"), Pair("r3", "h3")));
  EXPECT_THAT(interface_places(),
              UnorderedElementsAre(Pair("r1:eth0", "h1"), Pair("r2:eth0", "h2"),
                                   Pair("r2:eth1", "h2"), Pair("r3:eth1", "h3")));
  EXPECT_THAT(places("Link"), UnorderedElementsAre(Pair("r1:eth0--r2:eth0", "h1")));
  EXPECT_THAT(places("Segment"), UnorderedElementsAre(Pair("lan", "h2")));
  must({"up", spread_file()});
  EXPECT_THAT(written, IsEmpty());
}

// Also where this host's server only believes so.
TEST_F(SharedLab, ThatNothingIsToBeDoneIsAgreedOn) {
  const auto number = [&] { return ovsdb::get(select("Fabric").front(), "next_cfg").integer(); };
  must({"up", spread_file()});
  const auto before = number();
  must({"up", spread_file()});
  EXPECT_EQ(number(), before + 1);
  must({"restore", "lan"});
  must({"set", "lan", "delay=0ms"});
  EXPECT_EQ(number(), before + 3);
  EXPECT_EQ(select("Change").size(), 1U);
}

TEST_F(SharedLab, ALabOfOneHostKeepsItsColumnsEmpty) {
  ovsdb::Transaction change{fabric::database};
  change.update("Host", {}, {{"capabilities", Datum::map({})}});
  write(std::move(change));
  must({"up", lab_file()});
  for (const char* table : {"Node", "Link", "Segment"})
    for (const auto& [name, host] : places(table)) EXPECT_EQ(host, "") << table << " " << name;
  for (const auto& [name, host] : interface_places()) EXPECT_EQ(host, "") << name;
  for (const auto& [name, hosts] : needs()) EXPECT_EQ(hosts, "") << name;
}

TEST_F(SharedLab, EachRowSaysWhichHostsNeedIt) {
  must({"up", spread_file()});
  EXPECT_THAT(needs(),
              UnorderedElementsAre(Pair("r1", "h1 h2"), Pair("r2", "h1 h2"), Pair("r3", "h2 h3"),
                                   Pair("r1:eth0", "h1 h2"), Pair("r2:eth0", "h1 h2"),
                                   Pair("r2:eth1", "h2"), Pair("r3:eth1", "h2 h3"),
                                   Pair("r1:eth0--r2:eth0", "h1 h2"), Pair("lan", "h2 h3")));
}

TEST_F(SharedLab, WhatIsPluggedInIsNeededWhereItLeads) {
  must({"up", spread_file()});
  must({"connect", "r1:eth5", "r3:eth5", "delay=1ms", "--name", "more"});
  auto after = needs();
  EXPECT_EQ(after.at("more"), "h1 h3");
  for (const char* end : {"r1:eth5", "r3:eth5"}) EXPECT_EQ(after.at(end), "h1 h3") << end;
  for (const char* node : {"r1", "r3"}) EXPECT_EQ(after.at(node), "h1 h2 h3") << node;
  for (const auto& row : select("Impairment"))
    EXPECT_THAT(ovsdb::get(row, "needed_by").strings(), ElementsAre("h1", "h3"));
  must({"move", "r1:eth5", "r2:eth5"});
  after = needs();
  EXPECT_THAT(after.at("more"), "h1 h2 h3");
  EXPECT_THAT(after.at("r2:eth5"), "h2 h3");
  EXPECT_THAT(after.at("r3:eth5"), "h1 h2 h3");
  EXPECT_THAT(after.at("r2"), "h1 h2 h3");
  for (const auto& row : select("Impairment"))
    EXPECT_THAT(ovsdb::get(row, "needed_by").strings(), ElementsAre("h1", "h2", "h3"));
  must({"connect", "r1:eth6", "lan"});
  after = needs();
  EXPECT_EQ(after.at("lan"), "h1 h2 h3");
  EXPECT_EQ(after.at("r1:eth6"), "h1 h2");
  must({"move", "r3:eth1", "r1:eth7"});
  EXPECT_EQ(needs().at("r1:eth7"), "h1 h2");
  must({"connect", "r3:eth8", "out:tap", "--gateway", "tap,device=tap0"});
  EXPECT_EQ(needs().at("out"), "h3");
  EXPECT_EQ(needs().at("out:tap"), "h3");
  must({"up", spread_file()});
  EXPECT_EQ(needs().at("r1"), "h1 h2");
  EXPECT_EQ(needs().at("lan"), "h2 h3");
}

TEST_F(SharedLab, ANodeWhosePlaceChangesMovesWithAllThatFollows) {
  must({"up", spread_file()});
  must({"up", file(R"("r1": {"place": {"host": "h3"}}, "r2": {"place": {"host": "h3"}},
                      "r3": {"place": {"host": "h3"}})")});
  for (const char* table : {"Node", "Link", "Segment"})
    for (const auto& [name, host] : places(table)) EXPECT_EQ(host, "h3") << table << " " << name;
  for (const auto& [name, host] : interface_places()) EXPECT_EQ(host, "h3") << name;
}

TEST_F(SharedLab, ExportSaysThePlacesAndNotTheHosts) {
  must({"up", spread_file()});
  const auto done = linkfab({"export"});
  EXPECT_THAT(done.out, AllOf(HasSubstr(R"("place": {"rack": "h2"})"), Not(HasSubstr("\"on\""))));
  EXPECT_THAT(linkfab({"plan", spread_file()}).out, HasSubstr("nothing to add"));
}

TEST_F(SharedLab, NothingIsWrittenWhereANodeCannotBePlaced) {
  const auto done = linkfab({"up", file(R"("r1": {"place": {"rack": "x"}}, "r2": {}, "r3": {})")});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("place node r1: there is no host for it with rack=x; the hosts "
                                  "are h1, h2 (rack=h2), h3 (rack=h3)"));
  EXPECT_THAT(select("Node"), IsEmpty());
}

TEST_F(SharedLab, WhatIsPluggedInComesToTheNodesHost) {
  must({"up", spread_file()});
  must({"connect", "r3:eth5", "r1:eth5"});
  EXPECT_EQ(places("Link").at("r3:eth5--r1:eth5"), "h3");
  EXPECT_EQ(interface_places().at("r3:eth5"), "h3");
  EXPECT_EQ(interface_places().at("r1:eth5"), "h1");
  must({"move", "r3:eth5", "r2:eth5"});
  EXPECT_EQ(places("Link").at("r2:eth5--r1:eth5"), "h2");
  must({"connect", "r1:eth6", "lan"});
  EXPECT_EQ(interface_places().at("r1:eth6"), "h1");
  EXPECT_EQ(places("Segment").at("lan"), "h2");
}

TEST_F(SharedLab, AGatewayIsMadeOnTheHostOfItsOtherEnd) {
  must({"up", spread_file()});
  must({"connect", "r2:eth7", "out:tap", "--gateway", "tap,device=tap0"});
  EXPECT_EQ(places("Node").at("out"), "h2");
  EXPECT_THAT(linkfab({"export"}).out, HasSubstr(R"("place": {"host": "h2"})"));
  must({"undo"});
  EXPECT_FALSE(places("Node").contains("out"));
}

TEST_F(SharedLab, UndoAndRollbackPlaceWhatComesBack) {
  must({"up", spread_file()});
  must({"snapshot", "whole"});
  must({"up", file(R"("r1": {}, "r2": {}, "r3": {}, "r4": {"place": {"host": "h3"}})")});
  EXPECT_EQ(places("Node").at("r4"), "h3");
  must({"rollback", "whole"});
  EXPECT_FALSE(places("Node").contains("r4"));
  must({"undo"});
  EXPECT_EQ(places("Node").at("r4"), "h3");
}

TEST_F(SharedLab, HostsAreListedWithTheirNodesAndStates) {
  must({"up", spread_file()});
  must({"host", "add", "h4", "--address", "192.0.2.4", "--label", "rack=9", "--label", "disk=ssd"});
  silence("h3");
  const auto text = linkfab({"hosts"}).out;
  EXPECT_THAT(text, AllOf(HasSubstr("HOST"), HasSubstr("disk=ssd, rack=9"), HasSubstr("no agent"),
                          HasSubstr("silent")));
  const auto list = ovsdb::json_of(linkfab({"hosts", "--json"}).out)["hosts"];
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0]["nodes"].asInt(), 1);
  EXPECT_EQ(list[2]["state"].asString(), "silent");
  EXPECT_THAT(text, HasSubstr("HEARD"));
  EXPECT_EQ(list[3]["address"].asString(), "192.0.2.4");
  EXPECT_EQ(list[3]["labels"]["host"].asString(), "h4");
}

TEST_F(SharedLab, TheWaysBetweenHostsAreShown) {
  must({"up", spread_file()});
  EXPECT_THAT(linkfab({"hosts"}).out, Not(HasSubstr("UNDERLAY")));
  ovsdb::Transaction change{fabric::database};
  for (const auto& [host, other, way] :
       {std::tuple{"h1", "h2", 5'020'000}, std::tuple{"h2", "h1", 5'030'000}})
    change.update("Host", ovsdb::by_column("name", host),
                  {{"underlay", Datum::map({{std::string(other), std::int64_t{way}}})}});
  write(std::move(change));
  EXPECT_THAT(linkfab({"hosts"}).out, AllOf(HasSubstr("UNDERLAY"), HasSubstr("h2 5.02ms")));
  const auto host = ovsdb::json_of(linkfab({"hosts", "--json"}).out)["hosts"][1];
  EXPECT_EQ(host["underlay"]["h1"].asDouble(), 0.00503);
  const auto link = [&] {
    return ovsdb::json_of(linkfab({"links", "--no-stats", "--json"}).out)["links"][1];
  };
  EXPECT_EQ(link()["underlay"].asString(), "add");
  EXPECT_EQ(link()["ends"][0]["underlay"].asDouble(), 0.00502);
  EXPECT_EQ(link()["ends"][1]["underlay"].asDouble(), 0.00503);
  must({"set", "r1--r2", "delay=20ms", "--underlay", "subtract"});
  EXPECT_EQ(link()["underlay"].asString(), "subtract");
  EXPECT_THAT(linkfab({"links", "--no-stats"}).out, HasSubstr("delay=20ms  5.03ms of it underlay"));
}

TEST_F(SharedLab, TheUnderlayIsSubtractedWhereALinkSaysSo) {
  must({"up", spread_file()});
  const auto plain = linkfab({"export"}).out;
  must({"set", "r1--r2", "--to", "r2", "delay=20ms"});
  const auto added = linkfab({"export"}).out;
  // Alone it leaves what was set.
  must({"set", "r1--r2", "--underlay", "subtract"});
  EXPECT_THAT(linkfab({"export"}).out, AllOf(HasSubstr(R"("underlay": "subtract")"),
                                             HasSubstr(R"("a_to_b": {"delay": "20ms"})")));
  EXPECT_THAT(linkfab({"log"}).out, HasSubstr("set r1:eth0--r2:eth0 underlay none → subtract"));
  must({"set", "r1--r2", "--underlay", "subtract"});
  EXPECT_THAT(written, IsEmpty());
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, added);
  must({"undo"});
  EXPECT_THAT(linkfab({"export"}).out, HasSubstr(R"("underlay": "subtract")"));
  must({"set", "r1--r2", "--underlay", "add", "none"});
  EXPECT_EQ(linkfab({"export"}).out, plain);
  must({"connect", "r1:eth5", "r3:eth5", "delay=5ms", "--underlay", "subtract"});
  EXPECT_THAT(linkfab({"export"}).out, HasSubstr(R"("underlay": "subtract")"));
  must({"cut", "r1:eth5"});
  must({"disconnect", "r1:eth5"});
  must({"undo"});
  EXPECT_THAT(linkfab({"export"}).out, HasSubstr(R"("underlay": "subtract", "up": false)"));
}

TEST_F(SharedLab, TheUnderlayIsOfLinksOnly) {
  must({"up", spread_file()});
  const auto refused = linkfab({"set", "lan", "--underlay", "subtract"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("set segment lan: frames toward a member come by several"));
  EXPECT_EQ(linkfab({"set", "r1--r2", "--underlay", "yes"}).status, 2);
  EXPECT_EQ(linkfab({"connect", "r1:eth6", "lan", "--underlay", "subtract"}).status, 2);
  EXPECT_EQ(linkfab({"set", "r1--r2"}).status, 2);
}

TEST_F(SharedLab, AddChangesOnlyWhatIsGivenAndIsInTheLog) {
  must({"host", "add", "h2", "--label", "disk=ssd"});
  must({"host", "add", "h2", "--label", "rack=", "--address", "192.0.2.2"});
  const auto row = select("Host", ovsdb::by_column("name", "h2")).front();
  EXPECT_THAT(ovsdb::get(row, "labels").string_map(), ElementsAre(Pair("disk", "ssd")));
  EXPECT_EQ(ovsdb::get(row, "address").string(), "192.0.2.2");
  EXPECT_THAT(linkfab({"log"}).out, HasSubstr("host add h2"));
  EXPECT_EQ(linkfab({"host", "add", "h2", "--label", "host=x"}).status, 1);
  EXPECT_EQ(linkfab({"host", "add", "h2", "--label", "x"}).status, 2);
  EXPECT_EQ(linkfab({"host", "add", "h2", "--force"}).status, 2);
  EXPECT_EQ(linkfab({"host", "tickle", "h2"}).status, 2);
}

TEST_F(SharedLab, DrainMovesTheNodesAndAddTakesItBack) {
  must({"up", file(R"("r1": {}, "r2": {}, "r3": {})")});
  must({"host", "drain", "h2"});
  for (const char* table : {"Node", "Link", "Segment"})
    for (const auto& [name, host] : places(table)) EXPECT_NE(host, "h2") << table << " " << name;
  for (const auto& [name, host] : interface_places()) EXPECT_NE(host, "h2") << name;
  EXPECT_THAT(linkfab({"hosts"}).out, HasSubstr("draining"));
  EXPECT_THAT(linkfab({"log"}).out, HasSubstr("host drain h2"));
  const auto undone = linkfab({"undo"});
  EXPECT_EQ(undone.status, 1);
  EXPECT_THAT(undone.err, HasSubstr("there is no opposite of it"));
  must({"host", "add", "h2"});
  EXPECT_THAT(linkfab({"hosts"}).out, Not(HasSubstr("draining")));
}

TEST_F(SharedLab, DrainChangesNothingWhereANodeCannotGo) {
  must({"up", spread_file()});
  const auto before = places("Node");
  const auto done = linkfab({"host", "drain", "h3"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, AllOf(HasSubstr("drain host h3"), HasSubstr("r3"), HasSubstr("host=h3")));
  EXPECT_EQ(places("Node"), before);
  EXPECT_TRUE(ovsdb::get(select("Host", ovsdb::by_column("name", "h3")).front(), "wanted").empty());
}

TEST_F(SharedLab, RemoveIsForADrainedHostOrADeadOne) {
  must({"up", file(R"("r1": {}, "r2": {}, "r3": {})")});
  const auto refused = linkfab({"host", "remove", "h2"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("`linkfab host drain h2` first"));
  must({"host", "drain", "h2"});
  must({"host", "remove", "h2", "--no-wait"});
  EXPECT_EQ(ovsdb::get(select("Host", ovsdb::by_column("name", "h2")).front(), "wanted").string(),
            "removed");

  silence("h3");
  const auto dead = linkfab({"host", "remove", "h3"});
  EXPECT_EQ(dead.status, 1);
  EXPECT_THAT(dead.err, HasSubstr("--force"));
  must({"host", "remove", "h3", "--force"});
  EXPECT_THAT(select("Host", ovsdb::by_column("name", "h3")), IsEmpty());
  for (const auto& [name, host] : places("Node")) EXPECT_EQ(host, "h1") << name;
}

TEST_F(SharedLab, RemoveWaitsUntilTheAgentHasGone) {
  must({"up", file(R"("r1": {}, "r2": {}, "r3": {})")});
  must({"host", "drain", "h2"});
  // What its agent does.
  ovsdb::Session leaving(context.get_executor(), {.remotes = {server.remote()}});
  leaving.monitor({.database = fabric::database, .tables = {{"Host", {"wanted"}}}});
  leaving.on_change([&](const auto&, const ovsdb::Changes& changes, bool) {
    for (const auto& changed : changes) {
      if (ovsdb::get(changed.after, "wanted").string() != "removed") continue;
      ovsdb::Transaction change{fabric::database};
      change.erase("Host", ovsdb::by_uuid(changed.uuid));
      boost::asio::co_spawn(context, leaving.transact(std::move(change)), boost::asio::detached);
    }
  });
  leaving.start();
  const auto done = linkfab({"host", "remove", "h2"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("h1"), HasSubstr("h3"), Not(HasSubstr("h2  "))));
}

TEST_F(SharedLab, ARemovalThatCannotBeNamesTheOtherHosts) {
  must({"up", spread_file()});
  const auto done = linkfab({"host", "remove", "h3", "--force"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("remove host h3: place node r3: there is no other host for it "
                                  "with host=h3; the others are h1, h2 (rack=h2)"));
}

TEST_F(SharedLab, WhatIsOnASilentHostIsUnknownAndNotWaitedFor) {
  must({"up", spread_file()});
  silence("h2");
  const auto nodes = linkfab({"ps"});
  EXPECT_THAT(nodes.out, AllOf(HasSubstr("HOST"), HasSubstr("unknown")));
  const auto links = ovsdb::json_of(linkfab({"links", "--json", "--no-stats"}).out)["links"];
  ASSERT_EQ(links.size(), 2u);
  for (const auto& link : links)
    EXPECT_EQ(link["state"].asString() + ": " + link["error"].asString(), "down: host h2 is silent")
        << link["name"].asString();
  EXPECT_THAT(linkfab({"set", "lan", "--to", "r3", "delay=1ms"}).out,
              AllOf(HasSubstr("down"), HasSubstr("host h2 is silent")));
  const auto done = linkfab({"up", spread_file()});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("host h2: nothing is heard of it"));
  EXPECT_EQ(done.err.find("h2"), done.err.rfind("h2")) << done.err;
}

TEST_F(SharedLab, ANodeIsEnteredOnItsOwnHostOnly) {
  must({"up", spread_file()});
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"exec", "r2", "--", "true"}, {"console", "r2"}, {"shell", "r2"}}) {
    const auto done = linkfab(command);
    EXPECT_NE(done.status, 0);
    EXPECT_THAT(done.err, HasSubstr("node r2 is on host h2; run this there")) << command.front();
  }
  EXPECT_THAT(linkfab({"exec", "r1", "--", "true"}).err, Not(HasSubstr("is on host")));
}

}  // namespace
}  // namespace linkfab::cli
