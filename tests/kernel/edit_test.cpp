// A file that was edited, and `linkfab up` again: what differs changes, and nothing else.
#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

class Edit : public KeptLabTest {};

constexpr const char* two_pairs = R"({
  "name": "edit",
  "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}},
            "b": {"interfaces": {"eth0": "10.1.0.2/24"}},
            "c": {"interfaces": {"eth0": "10.2.0.1/24"}},
            "d": {"interfaces": {"eth0": "10.2.0.2/24"}}},
  "links": [{"ends": ["a:eth0", "b:eth0"], "name": "a--b"},
            {"ends": ["c:eth0", "d:eth0"], "name": "c--d"}]})";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto place = text.find(from);
  if (place == std::string::npos) throw std::runtime_error("no " + from);
  return text.replace(place, from.size(), to);
}

TEST_F(Edit, ANewNodeJoinsWithoutDisturbingTheOthers) {
  ok(up(pair));
  SteadyPing steady("a", "10.1.0.2");
  auto more = replaced(pair, R"("b": {"interfaces": {)",
                       R"("c": {"interfaces": {"eth0": "10.5.0.2/24"}},
                          "b": {"interfaces": {"eth1": "10.5.0.1/24", )");
  more = replaced(more, "}]}", R"(}, ["b:eth1", "c:eth0"]]})");
  ok(up(more));
  EXPECT_TRUE(pings("b", "10.5.0.2"));
  EXPECT_EQ(steady.stop().lost, 0);
}

TEST_F(Edit, ARemovedNodeGoesWithItsLink) {
  ok(up(two_pairs));
  SteadyPing steady("c", "10.2.0.2");
  const auto gone = device("b", "eth0");
  auto less = replaced(two_pairs, R"("b": {"interfaces": {"eth0": "10.1.0.2/24"}},)", "");
  less = replaced(less, R"({"ends": ["a:eth0", "b:eth0"], "name": "a--b"},)", "");
  ok(up(less));
  EXPECT_NE(run("ip link show " + gone).status, 0);
  EXPECT_NE(run("ls " + netns("b")).status, 0);
  EXPECT_FALSE(carrier("a", "eth0"));
  EXPECT_EQ(json("ps")["nodes"].size(), 3U);
  EXPECT_EQ(steady.stop().lost, 0);
}

TEST_F(Edit, AChangedAddressReplacesTheOldOne) {
  ok(up(two_pairs));
  const auto index = [this] {
    return output_of("cat /sys/class/net/" + device("a", "eth0") + "/ifindex");
  };
  const auto before = index();
  ok(up(replaced(two_pairs, "10.1.0.2/24", "10.1.0.9/24")));
  const auto addresses = output_of(inside("b", "ip -o address show eth0"));
  EXPECT_TRUE(contains(addresses, "10.1.0.9/24")) << addresses;
  EXPECT_FALSE(contains(addresses, "10.1.0.2/24")) << addresses;
  EXPECT_TRUE(pings("a", "10.1.0.9"));
  EXPECT_EQ(index(), before) << "it was made anew";
}

TEST_F(Edit, ARenamedLinkIsTheSameCable) {
  ok(up(two_pairs));
  SteadyPing steady("c", "10.2.0.2");
  ok(up(replaced(two_pairs, R"("name": "a--b")", R"("name": "backbone")")));
  EXPECT_EQ(link("backbone")["state"].asString(), "up");
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  EXPECT_EQ(run(inside("a", "true")).status, 0);
  EXPECT_EQ(steady.stop().lost, 0);
}

TEST_F(Edit, WhatWasSetByHandIsTheFilesAgain) {
  ok(up(pair));
  ok("set a--b delay=30ms");
  ok("cut a--b");
  ok(up(pair));
  EXPECT_LT(round_trip("a", "10.1.0.2", 3), 5.0);
}

TEST_F(Edit, AnotherLabNeedsToBeAskedFor) {
  ok(up(pair));
  fails_with(Lab::up(two_pairs), "lab pair is running");
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  ok("up " + write(two_pairs) + " --replace");
  EXPECT_TRUE(pings("c", "10.2.0.2"));
}

TEST_F(Edit, AnExportIsAFileThatChangesNothing) {
  ok(up(two_pairs));
  ok("set a--b --from a delay=10ms loss=2%");
  ok("connect a:eth3 c:eth3");
  ASSERT_EQ(linkfab("export > " + file("export.json")).status, 0);
  const auto plan = json("plan " + file("export.json"));
  EXPECT_EQ(plan["changes"].size(), 0U);
}

}  // namespace
}  // namespace linkfab::test
