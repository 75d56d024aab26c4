// What the agents of hosts that share a lab follow of it, in a real database.
#include "fabric/needed_by.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include <gmock/gmock.h>

#include "fabric/edit.hpp"
#include "fabric/host_change.hpp"
#include "fabric/lab_change.hpp"
#include "tests/fabric/desired_fixture.hpp"
#include "tests/ovsdb/proxy.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Transaction;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

const std::array<std::string, 3> host_list{"h1", "h2", "h3"};

class Follower {
 public:
  Follower(boost::asio::io_context& context, const std::string& remote, const std::string& host,
           ovsdb::Monitor monitor)
      : session(context.get_executor(), {.remotes = {remote}}),
        desired({.host = host, .shared = true}) {
    session.monitor(std::move(monitor));
    session.on_change([this](const std::string&, const ovsdb::Changes& changes, bool) {
      (void)desired.apply(session.replica(database), changes);
    });
    session.start();
  }
  [[nodiscard]] const ovsdb::Replica& replica() const { return session.replica(database); }

  ovsdb::Session session;
  Desired desired;
};

// A client, and for each host who follows what its agent does, over a connection that can be lost,
// and beside it who follows the whole database.
class NeededBy : public testing::Test {
 protected:
  NeededBy() : server_({.schemas = {LINKFAB_SCHEMA_FILE}}) {
    client_.monitor(all_columns());
    client_.start();
    for (const auto& host : host_list) {
      const auto socket = server_.file(host + ".sock");
      proxies_[host] = std::make_unique<ovsdb::Proxy>(context_, socket, server_.file("db.sock"));
      part_[host] =
          std::make_unique<Follower>(context_, "unix:" + socket, host, columns_of_host(host));
      whole_[host] =
          std::make_unique<Follower>(context_, server_.remote(), host, wanted_columns(true));
    }
    EXPECT_TRUE(test::run_until(context_, [&] { return client_.connected(); }));
    Transaction change{database};
    for (const auto& host : host_list)
      change.insert("Host", {{"name", host},
                             {"version", "1"},
                             {"address", "192.0.2." + host.substr(1)},
                             {"capabilities", Datum::map({{"shared", "true"}})}});
    close_change(change, false);
    commit(std::move(change));
  }

  [[nodiscard]] const ovsdb::Replica& all() const { return client_.replica(database); }
  static std::int64_t number(const ovsdb::Replica& replica) {
    const auto& rows = replica.rows("Fabric");
    return rows.empty() ? -1 : get(rows.begin()->second, "next_cfg").integer();
  }
  void commit(Result<Transaction> change) {
    if (!change || change->empty()) return;  // not possible now, or nothing to do
    const auto reply = test::run(context_, client_.transact(*std::move(change)));
    ASSERT_TRUE(reply) << format(reply.error());
  }
  void wait_for_all() {
    ASSERT_TRUE(test::run_until(context_, [&] {
      return std::ranges::all_of(host_list, [&](const auto& host) {
        return part_.at(host)->session.connected() &&
               number(part_.at(host)->replica()) == number(all()) &&
               number(whole_.at(host)->replica()) == number(all());
      });
    }));
  }
  // As agents do.
  void number_all_tunnels() {
    wait_for_all();
    for (const auto& host : host_list) {
      const auto& elsewhere = part_.at(host)->desired.elsewhere();
      auto change = number_tunnels(part_.at(host)->replica(), host, elsewhere.missing());
      for (const auto& row : elsewhere.surplus()) change.erase("Tunnel", ovsdb::by_uuid(row));
      if (change.empty()) continue;
      close_change(change, true);
      commit(std::move(change));
    }
  }

  void expect_same_views() {
    wait_for_all();
    for (const auto& host : host_list) {
      SCOPED_TRACE(host);
      expect_same(part_.at(host)->desired, whole_.at(host)->desired);
    }
  }
  static void expect_same(const Desired& part, const Desired& whole) {
    EXPECT_EQ(part.topology(), whole.topology());
    EXPECT_EQ(part.elsewhere().missing(), whole.elsewhere().missing());
    EXPECT_EQ(part.elsewhere().surplus(), whole.elsewhere().surplus());
    EXPECT_EQ(part.elsewhere().hosts(), whole.elsewhere().hosts());
    const auto text = [](const std::string* problem) { return problem ? *problem : ""; };
    const auto everything = whole.everything();
    EXPECT_EQ(part.everything().interfaces, everything.interfaces);
    EXPECT_EQ(part.everything().nodes, everything.nodes);
    for (const auto& name : everything.nodes) {
      EXPECT_EQ(part.node_row(name), whole.node_row(name)) << name;
      if (!whole.node_row(name)) continue;
      EXPECT_EQ(text(part.node_problem(name)), text(whole.node_problem(name))) << name;
    }
    for (const auto& name : everything.links) {
      EXPECT_EQ(part.link_row(name), whole.link_row(name)) << name;
      if (!whole.link_row(name) && !whole.topology().links.contains(name)) continue;
      EXPECT_EQ(text(part.link_problem(name)), text(whole.link_problem(name))) << name;
    }
    for (const auto& name : everything.segments) {
      EXPECT_EQ(part.segment_row(name), whole.segment_row(name)) << name;
      if (!whole.segment_row(name) && !whole.topology().segments.contains(name)) continue;
      EXPECT_EQ(text(part.segment_problem(name)), text(whole.segment_problem(name))) << name;
    }
    for (const auto& endpoint : everything.interfaces) {
      EXPECT_EQ(part.interface_row(endpoint), whole.interface_row(endpoint)) << format(endpoint);
      EXPECT_EQ(part.peers(endpoint), whole.peers(endpoint)) << format(endpoint);
      const auto *one = part.remote(endpoint), *other = whole.remote(endpoint);
      ASSERT_EQ(one == nullptr, other == nullptr) << format(endpoint);
      if (one == nullptr) continue;
      EXPECT_EQ(*one, *other) << format(endpoint);
    }
  }
  // "r1:eth0" of each Interface row; names of others.
  [[nodiscard]] std::vector<std::string> seen(const std::string& host, const char* table) const {
    std::vector<std::string> names;
    const auto ends = endpoints(all());
    for (const auto& [uuid, row] : part_.at(host)->replica().rows(table))
      names.push_back(std::string(table) == "Interface" ? format(ends.at(uuid))
                                                        : get(row, "name").string());
    return names;
  }

  boost::asio::io_context context_;
  test::OvsdbServer server_;
  ovsdb::Session client_{context_.get_executor(), {.remotes = {server_.remote()}}};
  std::map<std::string, std::unique_ptr<ovsdb::Proxy>> proxies_;
  std::map<std::string, std::unique_ptr<Follower>> part_, whole_;
  const Author author_{.user = {}, .uid = {}, .how = "test", .time = {}};
};

Node node_on(const std::string& host, const std::vector<std::string>& interfaces) {
  Node node;
  if (!host.empty()) node.place = {{"host", host}};
  for (const auto& interface : interfaces) node.interfaces[interface];
  return node;
}

// r1 on h1, r2 on h2, r3 and r4 on h3. The segment is at home on h2, where its first member is.
Topology four_nodes() {
  Topology lab{.name = "lab", .nodes = {}, .links = {}, .segments = {}};
  lab.nodes["r1"] = node_on("h1", {"eth0", "free"});
  lab.nodes["r2"] = node_on("h2", {"eth0", "lan"});
  lab.nodes["r3"] = node_on("h3", {"eth0", "lan"});
  lab.nodes["r4"] = node_on("h3", {"eth0", "lan", "free"});
  lab.links["near"] = {.a = {"r1", "eth0"}, .b = {"r2", "eth0"}, .a_to_b = delayed(5)};
  lab.links["far"] = {.a = {"r3", "eth0"}, .b = {"r4", "eth0"}, .b_to_a = delayed(7)};
  lab.segments["lan"] = {
      .kind = SegmentKind::learning,
      .members = {{{"r2", "lan"}, {}}, {{"r3", "lan"}, delayed(3)}, {{"r4", "lan"}, {}}},
      .up = true};
  return lab;
}

TEST_F(NeededBy, AHostFollowsItsOwnRowsAndTheFarEndsOfWhatLeadsThere) {
  commit(converge(all(), four_nodes()));
  expect_same_views();
  EXPECT_THAT(seen("h1", "Node"), UnorderedElementsAre("r1", "r2"));
  EXPECT_THAT(seen("h1", "Interface"), UnorderedElementsAre("r1:eth0", "r1:free", "r2:eth0"));
  EXPECT_THAT(seen("h1", "Link"), UnorderedElementsAre("near"));
  EXPECT_THAT(seen("h1", "Segment"), UnorderedElementsAre());
  EXPECT_EQ(seen("h1", "Impairment").size(), 1U);
  // Where a segment is at home all members are known.
  EXPECT_THAT(seen("h2", "Node"), UnorderedElementsAre("r1", "r2", "r3", "r4"));
  EXPECT_THAT(seen("h2", "Interface"),
              UnorderedElementsAre("r1:eth0", "r2:eth0", "r2:lan", "r3:lan", "r4:lan"));
  EXPECT_THAT(seen("h2", "Link"), UnorderedElementsAre("near"));
  EXPECT_THAT(seen("h2", "Segment"), UnorderedElementsAre("lan"));
  EXPECT_THAT(seen("h3", "Node"), UnorderedElementsAre("r3", "r4"));
  EXPECT_THAT(seen("h3", "Interface"),
              UnorderedElementsAre("r3:eth0", "r3:lan", "r4:eth0", "r4:lan", "r4:free"));
  EXPECT_EQ(seen("h3", "Impairment").size(), 2U);
}

TEST_F(NeededBy, ACableBetweenHostsIsSeenAtBothEnds) {
  commit(converge(all(), four_nodes()));
  commit(add_link(all(), "more", {.a = {"r4", "free"}, .b = {"r1", "new"}, .a_to_b = delayed(1)},
                  author_));
  expect_same_views();
  EXPECT_THAT(seen("h1", "Interface"),
              UnorderedElementsAre("r1:eth0", "r1:free", "r1:new", "r2:eth0", "r4:free"));
  EXPECT_THAT(seen("h3", "Link"), UnorderedElementsAre("far", "more"));
  EXPECT_THAT(seen("h2", "Link"), UnorderedElementsAre("near"));
}

TEST_F(NeededBy, ANodeThatMovesTakesItsCablesAlong) {
  commit(converge(all(), four_nodes()));
  auto lab = four_nodes();
  lab.nodes["r2"].place = {{"host", "h3"}};
  commit(converge(all(), lab));
  expect_same_views();
  EXPECT_THAT(seen("h2", "Node"), UnorderedElementsAre());
  EXPECT_THAT(seen("h3", "Node"), UnorderedElementsAre("r1", "r2", "r3", "r4"));
  EXPECT_THAT(seen("h3", "Interface"),
              UnorderedElementsAre("r1:eth0", "r2:eth0", "r2:lan", "r3:eth0", "r3:lan", "r4:eth0",
                                   "r4:free", "r4:lan"));
  EXPECT_EQ(seen("h1", "Impairment").size(), 1U);
}

// As a client writes it that does not know the column, or as it was before there was one.
TEST_F(NeededBy, ARowThatSaysNothingGoesToAll) {
  commit(converge(all(), four_nodes()));
  Transaction change{database};
  for (const char* table : {"Node", "Interface", "Link", "Segment", "Impairment"})
    change.update(table, {}, {{needed_by, Datum::set({})}});
  close_change(change, true);
  commit(std::move(change));
  expect_same_views();
  EXPECT_THAT(seen("h1", "Node"), UnorderedElementsAre("r1", "r2", "r3", "r4"));
  EXPECT_THAT(seen("h1", "Link"), UnorderedElementsAre("near", "far"));
  // What is plugged in then takes nothing from the others.
  commit(add_link(all(), "more", {.a = {"r4", "free"}, .b = {"r1", "free"}}, author_));
  expect_same_views();
  EXPECT_THAT(seen("h2", "Node"), UnorderedElementsAre("r1", "r2", "r3", "r4"));
  commit(converge(all(), four_nodes()));
  expect_same_views();
  EXPECT_THAT(seen("h1", "Node"), UnorderedElementsAre("r1", "r2"));
}

TEST_F(NeededBy, AnImpairmentMadeMeanwhileReachesWhereTheLinkIsThen) {
  commit(converge(all(), four_nodes()));
  // Read before the node moves, written afterwards: a change of one value waits for nobody.
  auto slower = *find_link(all(), "far");
  slower.a_to_b = delayed(9);
  auto change = change_link(all(), "far", slower, author_);
  auto lab = four_nodes();
  lab.nodes["r4"].place = {{"host", "h1"}};
  commit(converge(all(), lab));
  commit(std::move(change));
  number_all_tunnels();
  expect_same_views();
  EXPECT_EQ(part_.at("h1")->desired.topology().links.at("far").a_to_b, delayed(9));
}

// Every number that a user has given a VXLAN gateway anywhere is known everywhere.
TEST_F(NeededBy, GatewaysWithANumberAreKnownToAll) {
  auto lab = four_nodes();
  lab.nodes["out"] = node_on("h2", {});
  lab.nodes["out"].kind = NodeKind::host;
  lab.nodes["out"].interfaces["vx"].gateway = VxlanGateway{.vni = 7, .remote = "192.0.2.9"};
  commit(converge(all(), lab));
  wait_for_all();
  EXPECT_THAT(seen("h1", "Interface"), testing::Contains("out:vx"));
  EXPECT_THAT(seen("h1", "Node"), UnorderedElementsAre("r1", "r2"));
}

// Changes at random, by what clients and agents use, with connections lost in between: what each
// host makes of its part is what it would make of the whole.
class RandomLab : public NeededBy, public testing::WithParamInterface<unsigned> {
 protected:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  template <class Map>
  std::string any(const Map& map) {
    return map.empty() ? "none"
                       : std::next(map.begin(), below(static_cast<int>(map.size())))->first;
  }
  std::string any_host() { return host_list.at(static_cast<std::size_t>(below(3))); }
  std::string any_of(const char* table) {
    std::map<std::string, int> names;
    for (const auto& [uuid, row] : all().rows(table)) names[get(row, "name").string()];
    return any(names);
  }
  Endpoint any_end() { return {"r" + std::to_string(below(7)), "eth" + std::to_string(below(4))}; }
  Impairment any_impairment() { return below(2) == 0 ? Impairment{} : delayed(1 + below(9)); }

  Topology any_lab() {
    Topology lab{.name = "lab", .nodes = {}, .links = {}, .segments = {}};
    std::vector<Endpoint> free;
    for (int i = 0; i < 7; ++i) {
      if (below(8) == 0) continue;
      const auto name = "r" + std::to_string(i);
      lab.nodes[name] = node_on(below(2) == 0 ? any_host() : "", {});
      for (int k = 0; k < 3; ++k) {
        auto& interface = lab.nodes[name].interfaces["eth" + std::to_string(k)];
        if (below(6) == 0) interface.mtu = 9000;
        free.push_back({name, "eth" + std::to_string(k)});
      }
    }
    std::ranges::shuffle(free, random_);
    const auto take = [&] {
      auto end = free.back();
      free.pop_back();
      return end;
    };
    for (int i = 0; i < 2; ++i) {
      auto& segment = lab.segments["s" + std::to_string(i)];
      for (int k = below(4); k > 0; --k) segment.members[take()] = any_impairment();
    }
    for (int i = 0; free.size() > 3; ++i)
      lab.links["l" + std::to_string(i)] = {.a = take(),
                                            .b = take(),
                                            .a_to_b = any_impairment(),
                                            .b_to_a = any_impairment(),
                                            .up = below(5) != 0};
    return lab;
  }

  Result<Transaction> add_any_link() {
    const Link link{.a = any_end(), .b = any_end(), .a_to_b = any_impairment()};
    if (link.a == link.b) return Transaction{database};
    return add_link(all(), "x" + std::to_string(below(20)), link, author_);
  }
  Result<Transaction> change_any_link() {
    const auto name = any_of("Link");
    auto wanted = find_link(all(), name);
    if (!wanted) return std::unexpected(wanted.error());
    if (below(2) == 0) (below(2) == 0 ? wanted->a : wanted->b) = any_end();
    if (wanted->a == wanted->b) return Transaction{database};
    wanted->a_to_b = any_impairment();
    wanted->up = !wanted->up;
    return change_link(all(), name, *wanted, author_);
  }
  // What an agent reports.
  Result<Transaction> report_any() {
    Transaction change{database};
    for (const auto& [uuid, row] : all().rows("Interface"))
      if (below(3) == 0)
        change.update("Interface", ovsdb::by_uuid(uuid),
                      {{"state", below(2) == 0 ? "up" : "down"}, {"carrier", below(2) == 0}});
    close_change(change, true);
    return change;
  }
  Result<Transaction> erase_any_node() {
    Transaction change{database};
    change.erase("Node", ovsdb::by_column("name", any_of("Node")));
    close_change(change, true);
    return change;
  }

  Result<Transaction> any_change() {
    switch (below(12)) {
      case 0:
        return converge(all(), any_lab());
      case 1:
      case 2:
        return add_any_link();
      case 3:
      case 4:
        return change_any_link();
      case 5:
        return remove_link(all(), any_of("Link"), author_);
      case 6:
        return put_member(all(), any_of("Segment"), any_end(), any_impairment(), author_);
      case 7: {
        const auto segment = find_segment(all(), any_of("Segment"));
        if (!segment || segment->members.empty()) return Transaction{database};
        return remove_member(all(), any_of("Segment"), segment->members.begin()->first, author_);
      }
      case 8:
        return drain_host(all(), any_host(), author_);
      case 9:
        return add_host(all(), any_host(), {}, author_);
      case 10:
        return erase_any_node();
      default:
        return report_any();
    }
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(RandomLab, APartIsAsGoodAsTheWhole) {
  commit(converge(all(), any_lab()));
  for (int i = 0; i < 40 && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    std::string lost;
    if (below(4) == 0) {
      lost = any_host();
      proxies_.at(lost)->hang_up();
    }
    for (int k = 1 + below(2); k > 0; --k) commit(any_change());
    wait_for_all();
    number_all_tunnels();
    expect_same_views();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLab, testing::Range(1U, 5U));

}  // namespace
}  // namespace linkfab::fabric
