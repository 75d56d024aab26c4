// A view kept up to date is the one made anew, after every kind of change.
#include "fabric/live_view.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/reader.h>

#include "fabric/rows.hpp"
#include "ovsdb/linkfab_schema.hpp"

namespace linkfab::fabric {
namespace {

Json::Value parsed(const std::string& text) {
  Json::Value json;
  Json::Reader().parse(text, json);
  return json;
}

// "link-1" and the like, as UUIDs.
std::string with_uuids(std::string text) {
  const auto put = [&](const std::string& name, const std::string& uuid) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
      text.replace(at, name.size(), uuid);
  };
  int number = 0;
  for (const char* name : {"$fabric", "$host", "$r1", "$r2", "$a1", "$a2", "$b1", "$b2", "$link",
                           "$hub", "$to1", "$to2", "$scenario", "$change", "$other"})
    put(name, "00000000-0000-0000-0000-0000000000" + std::to_string(10 + number++));
  return text;
}

// Two nodes with two interfaces each; their first ones are joined by a link, the others by a hub.
constexpr const char* begin = R"({
  "Fabric": {"$fabric": {"initial": {"name": "lab", "next_cfg": 1}}},
  "Node": {"$r1": {"initial": {"name": "r1", "kind": "netns", "interfaces": ["set", [["uuid", "$a1"], ["uuid", "$a2"]]]}},
           "$r2": {"initial": {"name": "r2", "kind": "netns", "interfaces": ["set", [["uuid", "$b1"], ["uuid", "$b2"]]]}}},
  "Interface": {"$a1": {"initial": {"name": "eth0"}}, "$a2": {"initial": {"name": "eth1"}},
                "$b1": {"initial": {"name": "eth0"}}, "$b2": {"initial": {"name": "eth1"}}},
  "Link": {"$link": {"initial": {"name": "cable", "a": ["uuid", "$a1"], "b": ["uuid", "$b1"], "wanted": "up",
                                 "a_to_b": ["uuid", "$to1"]}}},
  "Segment": {"$hub": {"initial": {"name": "cable", "kind": "hub", "wanted": "up",
                                   "interfaces": ["set", [["uuid", "$a2"], ["uuid", "$b2"]]],
                                   "impairments": ["map", [[["uuid", "$a2"], ["uuid", "$to2"]]]]}}},
  "Impairment": {"$to1": {"initial": {"delay_ns": 5000000}}, "$to2": {"initial": {"delay_ns": 7000000}}}
})";

struct Step {
  const char* what;
  const char* updates;
};

constexpr Step steps[] = {
    {"the fabric", R"({"Fabric": {"$fabric": {"modify": {"next_cfg": 2}}}})"},
    {"a host", R"({"Host": {"$host": {"insert": {"name": "h"}}}})"},
    {"a host again", R"({"Host": {"$host": {"modify": {"version": "2"}}}})"},
    {"a node's host, which has no agent", R"({"Node": {"$r2": {"modify": {"host": "h2"}}}})"},
    {"that host's agent", R"({"Host": {"$other": {"insert": {"name": "h2", "version": "2"}}}})"},
    {"a host that nothing is heard of",
     R"({"Host": {"$host": {"modify": {"silent": ["map", [["h2", 0]]]}}}})"},
    {"its next beat", R"({"Host": {"$other": {"modify": {"beat": 1}}}})"},
    {"a node's state", R"({"Node": {"$r1": {"modify": {"state": "running"}}}})"},
    {"an interface's state", R"({"Interface": {"$b1": {"modify": {"state": "up"}}}})"},
    {"that of a segment", R"({"Interface": {"$b2": {"modify": {"state": "up"}}}})"},
    {"a link's state", R"({"Link": {"$link": {"modify": {"state": "up"}}}})"},
    {"a segment's state", R"({"Segment": {"$hub": {"modify": {"wanted": "cut"}}}})"},
    {"an impairment", R"({"Impairment": {"$to1": {"modify": {"delay_ns": 9000000}}}})"},
    {"that of a segment", R"({"Impairment": {"$to2": {"modify": {"delay_ns": 9000000}}}})"},
    {"an impairment that goes", R"({"Link": {"$link": {"modify": {"a_to_b": ["set", []]}}},
                                    "Impairment": {"$to1": {"delete": null}}})"},
    {"one that comes", R"({"Link": {"$link": {"modify": {"b_to_a": ["uuid", "$to1"]}}},
                           "Impairment": {"$to1": {"insert": {"delay_ns": 1000000}}}})"},
    {"one that came", R"({"Impairment": {"$to1": {"modify": {"delay_ns": 3000000}}}})"},
    {"a node's name", R"({"Node": {"$r1": {"modify": {"name": "z1"}}}})"},
    {"an interface's name", R"({"Interface": {"$a1": {"modify": {"name": "lan"}}}})"},
    {"a link's name", R"({"Link": {"$link": {"modify": {"name": "aaa"}}}})"},
    {"a link's end that is joined elsewhere",
     R"({"Link": {"$link": {"modify": {"b": ["uuid", "$b2"]}}},
                                       "Segment": {"$hub": {"modify": {"interfaces": ["uuid", "$b2"]}}}})"},
    {"the state of what is free now", R"({"Interface": {"$b1": {"modify": {"error": "gone"}}}})"},
    {"a scenario", R"({"Scenario": {"$scenario": {"insert": {"name": "storm"}}}})"},
    {"a change of the history", R"({"Change": {"$change": {"insert": {"number": 1}}}})"},
    {"a node that goes", R"({"Node": {"$r2": {"delete": null}}, "Link": {"$link": {"delete": null}},
                             "Interface": {"$b1": {"delete": null}, "$b2": {"delete": null}},
                             "Segment": {"$hub": {"delete": null}}})"},
    {"the fabric that goes", R"({"Fabric": {"$fabric": {"delete": null}}})"},
};

TEST(LiveView, IsTheOneMadeAnewAfterEachChange) {
  auto tables = state_columns().tables;
  tables["Change"] = {};
  ovsdb::Replica replica;
  replica.learn(*ovsdb::schema_from_json(parsed(std::string(ovsdb::linkfab_schema())), tables));
  const auto dumped = replica.replace(parsed(with_uuids(begin)), true);
  ASSERT_TRUE(dumped) << format(dumped.error());
  LiveView live(replica);
  ASSERT_EQ(live.view().nodes.size(), 2u);
  ASSERT_EQ(live.view().links.size(), 2u);
  for (const auto& [what, updates] : steps) {
    SCOPED_TRACE(what);
    const auto changes = replica.apply(parsed(with_uuids(updates)), true);
    ASSERT_TRUE(changes) << format(changes.error());
    live.note(*changes);
    const auto wanted = view(replica);
    const auto& seen = live.view();
    EXPECT_EQ(seen.nodes, wanted.nodes);
    EXPECT_EQ(seen.links, wanted.links);
    EXPECT_EQ(seen.name, wanted.name);
    EXPECT_EQ(seen.cur_cfg, wanted.cur_cfg);
    EXPECT_EQ(seen.hosts.size(), wanted.hosts.size());
  }
}

TEST(LiveView, SeveralChangesBetweenTwoLooksAreAllSeen) {
  ovsdb::Replica replica;
  replica.learn(*ovsdb::schema_from_json(parsed(std::string(ovsdb::linkfab_schema())),
                                         state_columns().tables));
  LiveView live(replica);
  live.note(replica.replace(parsed(with_uuids(begin)), true).value());
  EXPECT_EQ(live.view().links, view(replica).links);
  for (int i = 1; i < 16; ++i)
    live.note(replica.apply(parsed(with_uuids(steps[i].updates)), true).value());
  EXPECT_EQ(live.view().links, view(replica).links);
  EXPECT_EQ(live.view().nodes, view(replica).nodes);
}

}  // namespace
}  // namespace linkfab::fabric
