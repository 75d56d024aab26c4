#include "tools/bridge/fabric_rows.hpp"

#include <sys/auxv.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/process.hpp"
#include "core/fd.hpp"
#include "fabric/edit.hpp"
#include "fabric/hosts.hpp"
#include "fabric/lookup.hpp"
#include "fabric/names.hpp"
#include "fabric/needed_by.hpp"
#include "fabric/owners.hpp"
#include "fabric/rows.hpp"
#include "gateway/udp_address.hpp"
#include "ovsdb/transaction.hpp"
#include "tools/cli/agent.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/local_host.hpp"

namespace linkfab::tools {
namespace {

using boost::asio::awaitable;
using ovsdb::Columns;
using ovsdb::Datum;
using ovsdb::Transaction;
using ovsdb::Uuid;
using std::chrono::steady_clock;

// How long a container engine, ovs-vswitchd and the kernel may take for one link.
constexpr std::chrono::seconds in_force_limit{10};
constexpr std::chrono::seconds leaving_limit{10};
constexpr std::size_t container_id_length = 64;
constexpr std::size_t short_id_length = 12;

cli::Invocation local_agent() {
  const char* const name = ::secure_getenv("LINKFAB_INSTANCE");
  cli::Invocation invocation;
  invocation.paths = fabric::paths_of(name == nullptr ? fabric::default_instance : name);
  invocation.remote = invocation.paths.db_remote();
  return invocation;
}

// Root, and not a user whom the program's file makes root: what an agent executes is looked up in
// its environment, which would be that user's.
bool is_root() {
  return ::geteuid() == 0 && ::getauxval(AT_SECURE) == 0;
}

std::string own_process() {
  const auto self = containers::identify(::getpid());
  return self ? containers::format(*self) : std::string{};
}

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// The id of the container whose control group the process is in (cgroups(7)): 64 hexadecimal
// digits, alone or between other words.
std::optional<std::string> container_of(int pid) {
  const auto groups = read_file(fmt::format("/proc/{}/cgroup", pid));
  if (!groups) return std::nullopt;
  std::string words = *groups;
  std::ranges::replace_if(words, [](unsigned char c) { return std::isalnum(c) == 0; }, ' ');
  std::istringstream stream(words);
  for (std::string word; stream >> word;)
    if (word.size() == container_id_length && is_hexadecimal(word)) return word;
  return std::nullopt;
}

// What people call it: its host name, where we may look.
std::string name_of(int pid, const std::optional<std::string>& container) {
  if (!container) return fmt::format("process-{}", pid);
  auto name = read_file(fmt::format("/proc/{}/root/etc/hostname", pid)).value_or("");
  while (name.ends_with('\n')) name.pop_back();
  if (fabric::check_node_name(name)) return name;
  return container->substr(0, short_id_length);
}

std::string interface_name(const fabric::Gateway& gateway) {
  const auto options = fabric::options(gateway);
  if (const auto device = options.find("device"); device != options.end()) return device->second;
  const auto local = gateway::parse_udp_address(options.at("local"));
  return fmt::format("udp{}", local ? local->port : 0);
}

std::string joint_name(const fabric::Endpoint& a, const fabric::Endpoint& b) {
  auto name = fabric::link_name(a, b);
  return fabric::check_link_name(name) ? name : format(b);
}

}  // namespace

struct FabricRows::Watched {
  std::string table;
  std::size_t operation;  // the insert
};

struct FabricRows::Change {
  explicit Change(std::string words) : attempt(std::move(words)) {}
  std::string attempt;
  Transaction transaction{fabric::database};
  std::optional<Watched> watched;  // must come up
  std::vector<std::pair<std::string, Uuid>> placed;

  // The row's id in this transaction.
  Uuid insert(const std::string& table, const Columns& columns) {
    const auto row = transaction.insert(table, columns);
    if (table != "Impairment") placed.emplace_back(table, row);
    return row;
  }
  // Where hosts share the lab all of a process is on its own one.
  void place(const std::optional<fabric::Host>& local) {
    if (!local || fabric::copy_of(local->capabilities, "shared") != "true") return;
    for (const auto& [table, row] : placed)
      transaction.update(table, ovsdb::by_uuid(row),
                         {{"host", local->name}, {fabric::needed_by, local->name}});
  }
  // The columns of a link that shape both directions.
  Columns directions(const netem::Impairment& impairment) {
    Columns columns;
    for (const char* direction : {"a_to_b", "b_to_a"})
      columns.emplace_back(
          direction, impairment == netem::Impairment{}
                         ? Datum()
                         : Datum(insert("Impairment", fabric::impairment_columns(impairment))));
    return columns;
  }
  void watch(const std::string& table) { watched = {table, transaction.size() - 1}; }
};

FabricRows::FabricRows(AgentUse use)
    : use_(use),
      invocation_(local_agent()),
      owner_(own_process()),
      self_name_(fmt::format("ubridge-{}", ::getpid())) {}

Result<void> FabricRows::ready() {
  if (use_ == AgentUse::none) return std::unexpected(cli::no_agent());
  if (fabric::agent_alive(invocation_.paths)) {
    if (::access(invocation_.paths.db_socket().c_str(), W_OK) == 0) return {};
    return system_failure("use linkfabd's " + invocation_.paths.db_socket());
  }
  const bool may_start = use_ == AgentUse::start && is_root() && !start_failed_;
  if (!may_start) return std::unexpected(cli::no_agent());
  auto started = cli::ensure_agent(invocation_);
  start_failed_ = !started;
  started_ = started.has_value();
  return started;
}

Result<void> FabricRows::commit(Change change, ovsdb::Reply* written) {
  if (has_rows_) return try_commit(std::move(change), written);
  auto done = try_commit(change, written);
  const bool left_alone = !done && (written == nullptr || written->operations.empty());
  if (!left_alone || done.error().code == Errc::refused) {
    has_rows_ = true;
    return done;
  }
  const auto until = steady_clock::now() + leaving_limit;
  while (fabric::agent_alive(invocation_.paths)) {
    if (steady_clock::now() >= until) return done;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (auto again = ready(); !again) return done;
  done = try_commit(std::move(change), written);
  has_rows_ = true;
  return done;
}

Result<void> FabricRows::try_commit(Change change, ovsdb::Reply* written) {
  if (started_)
    change.transaction.mutate("Fabric", {}, "options", "insert",
                              Datum::map({{std::string(fabric::down_option), "true"}}));
  change.transaction.comment("ubridge: " + change.attempt);
  auto monitor = cli::fabric_only();
  if (change.watched) monitor.tables[change.watched->table] = {"state", "error"};
  const auto done =
      cli::run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
        cli::Client client(executor, invocation_, monitor);
        auto connected = co_await client.connect();
        if (!connected) co_return std::unexpected(connected.error());
        change.place(cli::local_host(fabric::hosts(client.replica()), invocation_));
        fabric::close_change(change.transaction, client.has_fabric_row());
        const auto reply = co_await client.transact(std::move(change.transaction));
        if (!reply) co_return std::unexpected(reply.error());
        if (written != nullptr) *written = *reply;
        const auto number = fabric::change_number(*reply);
        if (!number) co_return std::unexpected(number.error());
        std::string state;
        std::string error;
        const auto until = steady_clock::now() + in_force_limit;
        const auto in_force = [&] {
          if (steady_clock::now() >= until) return true;
          if (fabric::least_cfg(client.replica()) < *number) return false;
          if (!change.watched) return true;
          const auto& inserted = reply->operations.at(change.watched->operation).uuid;
          const auto* row = client.replica().find(change.watched->table, *inserted);
          if (row == nullptr) return false;
          state = ovsdb::get(*row, "state").string();
          error = ovsdb::get(*row, "error").string();
          return state == "up" || state == "error";
        };
        auto waited = co_await client.wait_until(change.attempt, in_force);
        if (!waited) co_return std::unexpected(waited.error());
        if (change.watched && state != "up")
          co_return failure(state == "error" ? Errc::failed : Errc::timeout, change.attempt,
                            error.empty() ? "it is not up after 10s" : error);
        co_return 0;
      });
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<Plug> FabricRows::plug(const Adapter& adapter) {
  if (const auto good = fabric::check_interface_name(adapter.name); !good)
    return std::unexpected(good.error());
  const auto container = container_of(adapter.pid);
  const auto name = name_of(adapter.pid, container);
  auto plugged = plug(adapter, name, container);
  // Somebody else's node may have the name; an engine that the agent does not know has the process
  // all the same.
  const auto other = fmt::format("{}-{}", name.substr(0, 40), ::getpid());
  if (!plugged && plugged.error().code == Errc::refused) plugged = plug(adapter, other, container);
  if (!plugged && container) plugged = plug(adapter, other, std::nullopt);
  return plugged;
}

Result<Plug> FabricRows::plug(const Adapter& adapter, const std::string& node,
                              const std::optional<std::string>& container) {
  Change change(fmt::format("plug in {} of process {}", adapter.name, adapter.pid));
  const fabric::Interface interface{.mac = adapter.mac, .carrier_always = true};
  const auto row = change.insert("Interface", fabric::interface_columns(adapter.name, interface));
  change.watch("Interface");
  const auto place = places_.find(adapter.pid);
  if (place != places_.end()) {
    change.transaction.mutate("Node", ovsdb::by_uuid(place->second.node), "interfaces", "insert",
                              Datum(row));
  } else {
    fabric::Node external{.kind = fabric::NodeKind::external};
    if (container)
      external.options["container"] = *container;
    else
      external.options["pid"] = std::to_string(adapter.pid);
    auto columns = fabric::node_columns(node, external);
    columns.emplace_back("owner", owner_);
    columns.emplace_back("interfaces", row);
    change.insert("Node", columns);
  }
  const auto inserted = change.transaction.size() - 1;
  const auto name = place == places_.end() ? node : place->second.name;
  ovsdb::Reply reply;
  const auto done = commit(std::move(change), &reply);
  if (reply.operations.empty()) return std::unexpected(done.error());
  const fabric::Endpoint endpoint{name, adapter.name};
  Plug plug{
      .interface = *reply.operations.front().uuid,
      .node = place == places_.end() ? *reply.operations.at(inserted).uuid : place->second.node,
      .endpoint = endpoint,
      .device = fabric::device_name(invocation_.paths.instance, endpoint)};
  auto& here = places_[adapter.pid];
  here = {.node = plug.node, .name = endpoint.node, .adapters = here.adapters + 1};
  if (done) return plug;
  (void)unplug(plug);  // the error is that of the attempt
  return std::unexpected(done.error());
}

Result<void> FabricRows::unplug(const Plug& plug) {
  Change change("unplug " + format(plug.endpoint));
  const auto place = std::ranges::find_if(
      places_, [&](const auto& each) { return each.second.node == plug.node; });
  const bool last = place != places_.end() && --place->second.adapters == 0;
  if (last) {
    places_.erase(place);
    change.transaction.erase("Node", ovsdb::by_uuid(plug.node));
  } else {
    change.transaction.mutate("Node", ovsdb::by_uuid(plug.node), "interfaces", "delete",
                              Datum(plug.interface));
  }
  return commit(std::move(change));
}

Result<Joint> FabricRows::join(const std::array<JointEnd, 2>& ends,
                               const netem::Impairment& impairment) {
  Change change("join");
  Joint joint;
  std::array<Uuid, 2> rows;
  std::array<fabric::Endpoint, 2> endpoints;
  std::array<std::size_t, 2> inserts{};
  std::vector<ovsdb::Atom> made;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (const auto* plug = std::get_if<Plug>(&ends[i])) {
      rows[i] = plug->interface;
      endpoints[i] = plug->endpoint;
      continue;
    }
    const auto& gateway = std::get<fabric::Gateway>(ends[i]);
    endpoints[i] = {self_name_, interface_name(gateway)};
    inserts[i] = change.transaction.size();
    rows[i] = change.insert(
        "Interface", fabric::interface_columns(endpoints[i].interface, {.gateway = gateway}));
    made.emplace_back(rows[i]);
    joint.gateways[i] = true;
  }
  std::optional<std::size_t> self;
  if (!made.empty() && self_) {
    change.transaction.mutate("Node", ovsdb::by_uuid(*self_), "interfaces", "insert",
                              Datum::set(made));
  } else if (!made.empty()) {
    const fabric::Node node{.kind = fabric::NodeKind::external,
                            .options = {{"pid", std::to_string(::getpid())}}};
    auto columns = fabric::node_columns(self_name_, node);
    columns.emplace_back("owner", owner_);
    columns.emplace_back("interfaces", Datum::set(made));
    self = change.transaction.size();
    change.insert("Node", columns);
  }
  joint.name = joint_name(endpoints[0], endpoints[1]);
  Columns columns{
      {"name", joint.name}, {"a", rows[0]}, {"b", rows[1]}, {"wanted", "up"}, {"owner", owner_}};
  for (auto& column : change.directions(impairment)) columns.push_back(std::move(column));
  change.insert("Link", columns);
  change.watch("Link");
  change.attempt = "join " + joint.name;
  const auto link = change.transaction.size() - 1;
  ovsdb::Reply reply;
  const auto done = commit(std::move(change), &reply);
  if (reply.operations.empty()) return std::unexpected(done.error());
  if (self) self_ = reply.operations.at(*self).uuid;
  joint.link = *reply.operations.at(link).uuid;
  for (std::size_t i = 0; i < ends.size(); ++i)
    joint.interfaces[i] = joint.gateways[i] ? *reply.operations.at(inserts[i]).uuid : rows[i];
  if (done) return joint;
  (void)separate(joint);
  return std::unexpected(done.error());
}

Result<void> FabricRows::shape(const Joint& joint, const netem::Impairment& impairment) {
  Change change("shape " + joint.name);
  change.transaction.update("Link", ovsdb::by_uuid(joint.link), change.directions(impairment));
  return commit(std::move(change));
}

Result<void> FabricRows::separate(const Joint& joint) {
  Change change("separate " + joint.name);
  change.transaction.erase("Link", ovsdb::by_uuid(joint.link));
  for (std::size_t i = 0; i < joint.interfaces.size(); ++i)
    if (joint.gateways[i])
      change.transaction.mutate("Node", ovsdb::by_uuid(*self_), "interfaces", "delete",
                                Datum(joint.interfaces[i]));
  return commit(std::move(change));
}

Result<std::array<FrameCounts, 2>> FabricRows::count(const Joint& joint) {
  std::array<FrameCounts, 2> counts;
  const auto done =
      cli::run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
        auto monitor = cli::fabric_only();
        cli::Client client(executor, invocation_, monitor);
        auto connected = co_await client.connect();
        if (!connected) co_return std::unexpected(connected.error());
        if (auto fresh = co_await client.refresh_statistics(); !fresh)
          co_return std::unexpected(fresh.error());
        Transaction look{fabric::database};
        for (const auto& interface : joint.interfaces)
          look.select("Interface", ovsdb::by_uuid(interface), {"statistics"});
        const auto rows = co_await client.select(std::move(look));
        if (!rows) co_return std::unexpected(rows.error());
        for (std::size_t i = 0; i < counts.size(); ++i) {
          if (rows->at(i).empty()) continue;
          const auto all = ovsdb::get(rows->at(i).front(), "statistics").as_map();
          const auto value = [&](const char* key) -> std::uint64_t {
            const auto found = all.find(std::string(key));
            if (found == all.end()) return 0;
            const auto* number = std::get_if<std::int64_t>(&found->second);
            return number == nullptr ? 0 : static_cast<std::uint64_t>(*number);
          };
          // The row says what the node sent and received: what came in here is what it sent.
          counts.at(i) = {.packets_in = value("tx_packets"),
                          .bytes_in = value("tx_bytes"),
                          .packets_out = value("rx_packets"),
                          .bytes_out = value("rx_bytes")};
        }
        co_return 0;
      });
  if (!done) return std::unexpected(done.error());
  return counts;
}

Result<void> FabricRows::clear() {
  if (!has_rows_ || !fabric::agent_alive(invocation_.paths)) return {};
  Change change("leave");
  fabric::erase_owned(change.transaction, owner_);
  places_.clear();
  self_.reset();
  return commit(std::move(change));
}

}  // namespace linkfab::tools
