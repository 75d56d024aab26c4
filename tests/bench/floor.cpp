// The floor: the least that a program must do for N links, with nothing above the batched kernel,
// database and OpenFlow requests themselves. No names to look up, no desired state, no checks, no
// status, nothing to recover.
//
//   bench_floor OVS_DIRECTORY DATAPATH LINKS netem|plain
//
// runs against a private Open vSwitch whose sockets are in OVS_DIRECTORY. It makes 2N namespaces, N
// pairs of nodes with an addressed eth0 each, one pair more beside them, takes all down again, and
// prints "up SECONDS", "settled SECONDS", "one_more SECONDS" and "down SECONDS" and the phases of
// each.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/fd.hpp"
#include "netem/address.hpp"
#include "netem/device.hpp"
#include "netem/netns.hpp"
#include "netem/qdisc.hpp"
#include "netem/socket.hpp"
#include "openflow/session.hpp"
#include "ovsdb/session.hpp"
#include "tests/bench/phases.hpp"
#include "tests/bench/task.hpp"

namespace {

using namespace linkfab;
namespace asio = boost::asio;
using asio::awaitable;
using bench::must;
using ovsdb::by_uuid;
using ovsdb::Datum;
using ovsdb::Transaction;

constexpr const char* bridge_name = "floor";
constexpr const char* switch_database = "Open_vSwitch";
constexpr std::uint32_t group = 0x464c4f52;  // of our devices
constexpr openflow::Cookie cookie = 0x666c6f6f72;

void all_must(const std::vector<Result<void>>& results) {
  for (const auto& result : results) must(result);
}

struct Settings {
  std::string directory;  // of the switch's sockets
  std::string datapath;
  int links = 0;
  bool netem = false;
};

class Floor {
 public:
  Floor(asio::io_context& context, Settings settings)
      : settings_(std::move(settings)),
        database_(context.get_executor(), {.remotes = {"unix:" + settings_.directory + "/db.sock"},
                                           .request_timeout = std::chrono::minutes{5}}),
        flows_(context.get_executor()),
        applied_(context),
        socket_(must(netem::Socket::route())) {
    database_.monitor({.database = switch_database, .tables = {{"Open_vSwitch", {"cur_cfg"}}}});
    database_.on_change(
        [this](const std::string&, const ovsdb::Changes&, bool) { applied_.cancel(); });
  }

  awaitable<void> run();

 private:
  struct Node {
    std::string path;
    std::string device;
    netem::IfIndex index;
  };

  awaitable<void> prepare();
  awaitable<void> up(const std::string& what, int links);
  awaitable<void> down();
  awaitable<void> settle();
  awaitable<void> commit(Transaction transaction);
  awaitable<void> attach();
  awaitable<void> install();
  void make_namespaces(int links);
  void make_devices();
  void find_devices();
  void set_netems();
  void bring_up();
  void set_up_nodes();

  Settings settings_;
  ovsdb::Session database_;
  openflow::Session flows_;
  asio::steady_timer applied_;
  netem::Socket socket_;
  ovsdb::Uuid root_;
  ovsdb::Uuid bridge_;
  ovsdb::Uuid qos_;
  std::vector<Node> nodes_;
  std::size_t first_ = 0;  // of those that are being made
};

// The bridge, which linkfab's agent has before its first link, too.
awaitable<void> Floor::prepare() {
  database_.start();
  must(co_await database_.wait_connected(std::chrono::seconds{10}));
  root_ = database_.replica(switch_database).rows("Open_vSwitch").begin()->first;
  Transaction transaction{switch_database};
  const auto qos = transaction.insert("QoS", {{"type", "linux-noop"}});
  const auto interface =
      transaction.insert("Interface", {{"name", bridge_name}, {"type", "internal"}});
  const auto port =
      transaction.insert("Port", {{"name", bridge_name}, {"interfaces", interface}, {"qos", qos}});
  const auto bridge = transaction.insert("Bridge", {{"name", bridge_name},
                                                    {"ports", port},
                                                    {"fail_mode", "secure"},
                                                    {"datapath_type", settings_.datapath}});
  transaction.mutate("Open_vSwitch", by_uuid(root_), "bridges", "insert", bridge);
  co_await commit(std::move(transaction));
  Transaction look{switch_database};
  look.select("Bridge", {}, {"_uuid"});
  look.select("QoS", {}, {"_uuid"});
  const auto reply = must(co_await database_.transact(std::move(look)));
  bridge_ = *ovsdb::get(reply.operations[0].rows.at(0), "_uuid").uuid();
  qos_ = *ovsdb::get(reply.operations[1].rows.at(0), "_uuid").uuid();
  must(netem::prepare_netns_directory(settings_.directory + "/netns"));
}

// Done when ovs-vswitchd has applied it.
awaitable<void> Floor::commit(Transaction transaction) {
  transaction.mutate("Open_vSwitch", by_uuid(root_), "next_cfg", "+=", 1);
  transaction.select("Open_vSwitch", by_uuid(root_), {"next_cfg"});
  const auto reply = must(co_await database_.transact(std::move(transaction)));
  const auto wanted = ovsdb::get(reply.operations.back().rows.at(0), "next_cfg").integer();
  const auto now = [this] {
    return ovsdb::get(*database_.replica(switch_database).find("Open_vSwitch", root_), "cur_cfg")
        .integer();
  };
  while (now() < wanted) {
    applied_.expires_after(std::chrono::minutes{5});
    boost::system::error_code ignored;
    co_await applied_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Floor::make_namespaces(int links) {
  first_ = nodes_.size();
  for (auto i = first_; i < first_ + 2 * static_cast<std::size_t>(links); ++i) {
    nodes_.push_back({.path = fmt::format("{}/netns/n{}", settings_.directory, i),
                      .device = fmt::format("floor{}", i)});
    must(netem::create_netns(nodes_.back().path));
  }
}

void Floor::make_devices() {
  std::vector<Fd> namespaces;
  std::vector<netem::Message> messages;
  for (auto i = first_; i < nodes_.size(); ++i) {
    namespaces.push_back(must(netem::open_netns(nodes_[i].path)));
    messages.push_back(netem::create_veth(
        {.host_name = nodes_[i].device,
         .group = group,
         .node_name = "eth0",
         .node_netns = namespaces.back().get(),
         .node_mac = fmt::format("02:00:00:00:{:02x}:{:02x}", i >> 8U, i & 255U)}));
  }
  all_must(socket_.request(messages));
}

void Floor::find_devices() {
  std::map<std::string, netem::IfIndex> indices;
  for (const auto& device : must(netem::dump_devices(socket_))) indices[device.name] = device.index;
  for (auto& node : nodes_) node.index = indices.at(node.device);
}

void Floor::set_netems() {
  if (!settings_.netem) return;
  std::vector<netem::Message> messages;
  for (auto i = first_; i < nodes_.size(); ++i)
    messages.push_back(netem::replace_netem(nodes_[i].index, {.delay_ns = 10'000'000}));
  all_must(socket_.request(messages));
}

awaitable<void> Floor::attach() {
  Transaction transaction{switch_database};
  std::vector<ovsdb::Atom> ports;
  for (auto i = first_; i < nodes_.size(); ++i) {
    const auto interface = transaction.insert(
        "Interface",
        {{"name", nodes_[i].device}, {"ofport_request", static_cast<std::int64_t>(i + 1)}});
    ports.emplace_back(transaction.insert(
        "Port", {{"name", nodes_[i].device}, {"interfaces", interface}, {"qos", qos_}}));
  }
  transaction.mutate("Bridge", by_uuid(bridge_), "ports", "insert", Datum::set(std::move(ports)));
  co_await commit(std::move(transaction));
}

// Connected only now: a switch gives up whom it does not hear for a minute, and devices may take
// longer.
awaitable<void> Floor::install() {
  if (!flows_.connected())
    must(co_await flows_.connect(settings_.directory + "/" + bridge_name + ".mgmt",
                                 std::chrono::seconds{10}));
  std::vector<openflow::Modification> modifications;
  for (auto i = static_cast<std::uint32_t>(first_); i < nodes_.size(); ++i) {
    openflow::AddFlow add;
    add.flow.priority = 100;
    add.flow.cookie = cookie;
    add.flow.match.in_port = openflow::PortNo{i + 1};
    add.flow.actions.emplace_back(openflow::Output{openflow::PortNo{(i ^ 1U) + 1}});
    modifications.emplace_back(std::move(add));
  }
  must(co_await flows_.commit(modifications));
}

void Floor::bring_up() {
  std::vector<netem::Message> messages;
  for (auto i = first_; i < nodes_.size(); ++i)
    messages.push_back(netem::change_device(nodes_[i].index, {.up = true}));
  all_must(socket_.request(messages));
}

void Floor::set_up_nodes() {
  for (auto i = first_; i < nodes_.size(); ++i) {
    const auto netns = must(netem::open_netns(nodes_[i].path));
    const auto entered = netem::EnteredNetns::enter(netns).value();
    auto inside = must(netem::Socket::route());
    const netem::IfIndex eth0{2};  // the second device of a new namespace
    std::vector<netem::Message> messages;
    messages.push_back(netem::add_address(
        eth0, fmt::format("10.{}.{}.{}/24", (i / 2) >> 8U, (i / 2) & 255U, i % 2 + 1)));
    messages.push_back(netem::change_device("eth0", {.up = true}));
    all_must(inside.request(messages));
  }
}

awaitable<void> Floor::up(const std::string& what, int links) {
  bench::Phases phases;
  make_namespaces(links);
  phases.mark("namespaces");
  make_devices();
  find_devices();
  phases.mark("devices");
  set_netems();
  phases.mark("netem");
  co_await install();
  phases.mark("flows");
  co_await attach();
  phases.mark("ports");
  bring_up();
  phases.mark("host_ends");
  set_up_nodes();
  phases.mark("node_ends");
  phases.report(what);
}

awaitable<void> Floor::down() {
  bench::Phases phases;
  std::vector<openflow::Modification> remove;
  remove.emplace_back(openflow::DeleteFlowsByCookie{.cookie = cookie});
  must(co_await flows_.commit(remove));
  phases.mark("flows");
  Transaction detach{switch_database};
  detach.update("Bridge", by_uuid(bridge_), {{"ports", Datum()}});
  co_await commit(std::move(detach));
  phases.mark("ports");
  must(socket_.request(netem::delete_group(group)));
  phases.mark("devices");
  for (const auto& node : nodes_) must(netem::remove_netns(node.path));
  phases.mark("namespaces");
  phases.report("down");
  must(netem::remove_netns_directory(settings_.directory + "/netns"));
}

// Until ovs-vswitchd answers again, which has heard of every node's end that came up.
awaitable<void> Floor::settle() {
  bench::Phases phases;
  co_await commit(Transaction{switch_database});
  while (!co_await flows_.flows(cookie, ~openflow::Cookie{0})) {
    if (!flows_.connected())
      must(co_await flows_.connect(settings_.directory + "/" + bridge_name + ".mgmt",
                                   std::chrono::minutes{2}));
  }
  phases.mark("switch");
  phases.report("settled");
}

awaitable<void> Floor::run() {
  co_await prepare();
  co_await up("up", settings_.links);
  co_await settle();
  co_await up("one_more", 1);
  co_await down();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: bench_floor OVS_DIRECTORY system|netdev LINKS netem|plain\n");
    return 2;
  }
  asio::io_context context(1);
  try {
    Floor floor(context, {argv[1], argv[2], std::atoi(argv[3]), argv[4] == std::string("netem")});
    bench::run(context, floor.run());
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_floor: {}\n", error.what());
    return 1;
  }
}
