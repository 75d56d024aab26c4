#include "fabric/vswitch.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "fabric/datapath.hpp"
#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
using ovsdb::by_uuid;
using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

constexpr const char* secure = "secure";  // without flows the bridge passes nothing
constexpr const char* interface_key = "linkfab-interface";
constexpr std::uint32_t last_number = 0xfeff;  // OFPP_MAX of ovs: higher numbers are reserved
// How long ovs-vswitchd may take for a change, and longer for each port that there is. Nobody waits
// so long for one that has died, whose connection ends.
constexpr std::chrono::seconds apply_limit{120};
constexpr std::chrono::milliseconds apply_limit_of_port{100};
// Keys of other_config.
constexpr const char* idle_key = "max-idle";
constexpr const char* wait_key = "flow-restore-wait";
constexpr const char* released_key = "linkfab-released";  // which process

ovsdb::Monitor switch_columns() {
  return {.database = switch_database,
          .tables = {{"Open_vSwitch", {"cur_cfg", "next_cfg", "ovs_version", "other_config"}},
                     {"Bridge", {"name", "ports", "fail_mode", "datapath_type", "external_ids"}},
                     {"Port", {"name", "interfaces", "external_ids"}},
                     {"Interface", {"name", "ofport", "ofport_request", "error"}},
                     {"QoS", {"type", "external_ids"}},
                     {"Queue", {"external_ids"}}}};
}

bool belongs(const Row& row, const std::string& instance) {
  const auto marks = get(row, "external_ids").string_map();
  const auto mark = marks.find(instance_key);
  return mark != marks.end() && mark->second == instance;
}

std::string datapath_of(const Row& bridge) {
  auto type = get(bridge, "datapath_type").string();
  return type.empty() ? kernel_datapath : type;
}

}  // namespace

// A coroutine that waits for the switch to have applied a configuration.
struct Vswitch::Waiter {
  std::int64_t sequence;
  asio::steady_timer timer;
};

Vswitch::Vswitch(asio::any_io_executor executor, VswitchOptions options)
    : options_(std::move(options)),
      session_(executor, {.remotes = {options_.remote}}),
      executor_(executor) {
  session_.monitor(switch_columns());
  session_.on_change(
      [this](const std::string&, const ovsdb::Changes& changes, bool) { follow(changes); });
}

void Vswitch::on_ports_changed(std::function<void(const std::set<std::string>&)> callback) {
  ports_changed_ = std::move(callback);
}

void Vswitch::on_connection(std::function<void(bool, const std::string&)> callback) {
  session_.on_connection(std::move(callback));
}

asio::awaitable<Result<void>> Vswitch::wait_connected(std::chrono::milliseconds limit) {
  return session_.wait_connected(limit);
}

void Vswitch::follow(const ovsdb::Changes& changes) {
  std::set<std::string> touched;
  for (const auto& change : changes) {
    follow_switch(change);
    if (change.table == "Port") follow_port(change.uuid, touched);
    if (change.table == "Interface") follow_interface(change.uuid, touched);
    if (change.table == "Open_vSwitch") {
      applied_ = get(change.after, "cur_cfg").integer();
      version_ = get(change.after, "ovs_version").string();
      for (auto* waiter : waiters_)
        if (waiter->sequence <= applied_) waiter->timer.cancel();
    }
  }
  if (ports_changed_ && (!touched.empty() || !prepared())) ports_changed_(touched);
}

void Vswitch::follow_switch(const ovsdb::Change& change) {
  if (!switch_gone_ || !change.after.empty() || !belongs(change.before, options_.instance)) return;
  const auto marks = get(change.before, "external_ids").string_map();
  if (const auto node = marks.find(switch_key); node != marks.end()) switch_gone_(node->second);
}

const ovsdb::Replica& Vswitch::replica() const {
  return session_.replica(switch_database);
}

asio::awaitable<Result<Json::Value>> Vswitch::schema() {
  Json::Value named(Json::arrayValue);
  named.append(switch_database);
  return session_.request("get_schema", named);
}

void Vswitch::follow_port(const Uuid& row, std::set<std::string>& touched) {
  const auto* columns = session_.replica(switch_database).find("Port", row);
  if (columns == nullptr) {
    const auto device = devices_by_row_.extract(row);
    if (device.empty()) return;
    const auto port = ports_.find(device.mapped());
    if (port == ports_.end() || port->second.row != row) return;
    devices_by_row_.erase(port->second.interface);
    numbers_.erase(port->second.requested.value);
    ports_.erase(port);
    touched.insert(device.mapped());
    return;
  }
  const auto marks = get(*columns, "external_ids").string_map();
  const auto named = marks.find(interface_key);
  if (!belongs(*columns, options_.instance) || named == marks.end()) return;
  const auto endpoint = parse_owner(named->second);
  const auto interfaces = get(*columns, "interfaces").uuids();
  if (!endpoint || interfaces.size() != 1) return;
  const auto device = get(*columns, "name").string();
  auto& port = ports_[device];
  port.row = row;
  port.interface = interfaces.front();
  port.endpoint = *endpoint;
  devices_by_row_[row] = device;
  devices_by_row_[port.interface] = device;
  follow_interface(port.interface, touched);
}

void Vswitch::follow_interface(const Uuid& row, std::set<std::string>& touched) {
  const auto device = devices_by_row_.find(row);
  const auto* columns = session_.replica(switch_database).find("Interface", row);
  // Also a stranger's port on our bridge has a number.
  if (columns == nullptr)
    strangers_.erase(row);
  else if (device == devices_by_row_.end())
    strangers_[row] = get(*columns, "ofport").integer();
  if (device == devices_by_row_.end() || columns == nullptr) return;
  strangers_.erase(row);
  const auto port = ports_.find(device->second);
  if (port == ports_.end() || port->second.interface != row) return;
  SwitchPort& it = port->second;
  const auto error = std::exchange(it.error, get(*columns, "error").string());
  it.requested.value = static_cast<std::uint32_t>(get(*columns, "ofport_request").integer());
  it.ofport = get(*columns, "ofport").integer();
  numbers_.insert(it.requested.value);
  // A port that gets the number it asked for is no news.
  const bool right = it.ofport == 0 || it.ofport == static_cast<std::int64_t>(it.requested.value);
  if (it.error != error || !right) touched.insert(device->second);
}

const SwitchPort* Vswitch::find(const std::string& device) const {
  const auto found = ports_.find(device);
  return found == ports_.end() ? nullptr : &found->second;
}

bool Vswitch::number_taken(const SwitchPort& port) const {
  const auto wanted = static_cast<std::int64_t>(port.requested.value);
  if (port.ofport <= 0 || port.ofport == wanted) return false;
  const auto has_it = [&](const auto& item) { return item.second.ofport == wanted; };
  return std::ranges::any_of(ports_, has_it) ||
         std::ranges::any_of(strangers_, [&](const auto& item) { return item.second == wanted; });
}

std::optional<openflow::PortNo> Vswitch::reserve_number() {
  std::set<std::uint32_t> taken;
  for (const auto& [row, number] : strangers_)
    if (number > 0) taken.insert(static_cast<std::uint32_t>(number));
  for (std::uint32_t tried = 0; tried < last_number; ++tried) {
    const auto number = next_number_;
    next_number_ = next_number_ == last_number ? 1 : next_number_ + 1;
    if (!taken.contains(number) && numbers_.insert(number).second) return openflow::PortNo{number};
  }
  return std::nullopt;
}

void Vswitch::release_number(openflow::PortNo number) {
  numbers_.erase(number.value);
}

std::optional<Uuid> Vswitch::own_row(const std::string& table) const {
  for (const auto& [uuid, row] : session_.replica(switch_database).rows(table))
    if (belongs(row, options_.instance) &&
        !get(row, "external_ids").string_map().contains(switch_key) &&
        (table != "Bridge" || get(row, "name").string() == options_.bridge))
      return uuid;
  return std::nullopt;
}

std::optional<Uuid> Vswitch::root_row() const {
  const auto& rows = session_.replica(switch_database).rows("Open_vSwitch");
  return rows.empty() ? std::nullopt : std::optional(rows.begin()->first);
}

asio::awaitable<Result<void>> Vswitch::commit(Transaction transaction) {
  const auto root = root_row();
  if (!root)
    co_return failure(Errc::unreachable, "change Open vSwitch",
                      "its database has no Open_vSwitch row");
  transaction.mutate("Open_vSwitch", by_uuid(*root), "next_cfg", "+=", 1);
  transaction.select("Open_vSwitch", by_uuid(*root), {"next_cfg"});
  const auto reply = co_await session_.transact(std::move(transaction));
  if (!reply) co_return std::unexpected(reply.error());
  const auto& rows = reply->operations.back().rows;
  if (rows.empty())
    co_return failure(Errc::conflict, "change Open vSwitch", "its root row went away");
  co_return co_await wait_applied(get(rows.front(), "next_cfg").integer());
}

asio::awaitable<void> Vswitch::ask_again() {
  const auto root = root_row();
  if (!root || !session_.connected()) co_return;
  Transaction transaction{switch_database};
  transaction.mutate("Open_vSwitch", by_uuid(*root), "next_cfg", "+=", 1);
  (void)co_await session_.transact(std::move(transaction));
}

asio::awaitable<Result<void>> Vswitch::wait_applied(std::int64_t sequence) {
  if (applied_ >= sequence) co_return Result<void>{};
  Waiter waiter{.sequence = sequence, .timer = asio::steady_timer(executor_)};
  waiters_.push_back(&waiter);
  const auto begin = asio::steady_timer::clock_type::now();
  // The ports of the change itself may be seen only after its answer.
  const auto deadline = [&] {
    const auto ports = static_cast<int>(replica().rows("Port").size());
    return begin + apply_limit + apply_limit_of_port * ports;
  };
  boost::system::error_code ended;
  while (!ended && applied_ < sequence && asio::steady_timer::clock_type::now() < deadline()) {
    waiter.timer.expires_at(deadline());
    co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  std::erase(waiters_, &waiter);
  if (applied_ >= sequence) co_return Result<void>{};
  co_return failure(Errc::unreachable, "wait for ovs-vswitchd to apply the change",
                    "it does not answer; is it running?");
}

void Vswitch::abort_waits() {
  for (auto* waiter : waiters_) waiter->timer.cancel();
}

// What was written before is seen once the server has answered: it answers in order.
asio::awaitable<Result<void>> Vswitch::catch_up() {
  const auto answered = co_await session_.request("echo", Json::Value(Json::arrayValue));
  if (!answered) co_return std::unexpected(answered.error());
  co_return Result<void>{};
}

bool Vswitch::prepared() const {
  if (!session_.connected()) return true;
  const auto bridge = own_row("Bridge");
  if (!bridge || !own_row("QoS")) return false;
  const auto& row = *session_.replica(switch_database).find("Bridge", *bridge);
  return get(row, "fail_mode").string() == secure &&
         (!options_.datapath_type || datapath_of(row) == *options_.datapath_type);
}

// One that was chosen for want of another stays: the agent that chose it may have ended since.
std::string Vswitch::choose_datapath() const {
  const auto bridge = own_row("Bridge");
  const auto there = bridge ? datapath_of(*replica().find("Bridge", *bridge)) : kernel_datapath;
  return there == kernel_datapath && !kernel_has_openvswitch() ? userspace_datapath : there;
}

bool Vswitch::shares_kernel_datapath() const {
  return std::ranges::any_of(replica().rows("Bridge"), [this](const auto& bridge) {
    return datapath_of(bridge.second) == kernel_datapath &&
           !belongs(bridge.second, options_.instance);
  });
}

bool Vswitch::in_place() const {
  const auto root = root_row();
  if (!root || !session_.connected() || !prepared()) return false;
  const auto& row = *replica().find("Open_vSwitch", *root);
  if (get(row, "cur_cfg").integer() != get(row, "next_cfg").integer()) return false;
  const auto settings = get(row, "other_config").string_map();
  return !options_.own_switch || settings.contains(idle_key);
}

asio::awaitable<Result<void>> Vswitch::prepare() {
  if (auto current = co_await catch_up(); !current) co_return current;
  if (!options_.datapath_type) options_.datapath_type = choose_datapath();
  if (in_place()) co_return Result<void>{};
  Transaction transaction{switch_database};
  if (!root_row()) {
    Transaction first{switch_database};
    first.insert("Open_vSwitch", {});
    if (auto made = co_await session_.transact(std::move(first)); !made)
      co_return std::unexpected(made.error());
  }
  for (const auto& [uuid, row] : session_.replica(switch_database).rows("Bridge"))
    if (get(row, "name").string() == options_.bridge && !belongs(row, options_.instance))
      co_return failure(Errc::conflict, fmt::format("take bridge {}", options_.bridge),
                        "it is not linkfab's; choose another name with --bridge");
  const Datum mark = Datum::map({{instance_key, options_.instance}});
  if (!own_row("QoS")) transaction.insert("QoS", {{"type", "linux-noop"}, {"external_ids", mark}});
  if (const auto there = own_row("Bridge")) {
    transaction.update("Bridge", by_uuid(*there),
                       {{"fail_mode", secure}, {"datapath_type", *options_.datapath_type}});
  } else {
    const auto interface = transaction.insert(
        "Interface", {{"name", options_.bridge}, {"type", "internal"}, {"external_ids", mark}});
    const auto port = transaction.insert(
        "Port", {{"name", options_.bridge}, {"interfaces", interface}, {"external_ids", mark}});
    const auto bridge =
        transaction.insert("Bridge", {{"name", options_.bridge},
                                      {"ports", port},
                                      {"fail_mode", secure},
                                      {"datapath_type", *options_.datapath_type},
                                      {"other_config", Datum::map({{"disable-in-band", "true"}})},
                                      {"external_ids", mark}});
    transaction.mutate("Open_vSwitch", by_uuid(*root_row()), "bridges", "insert", bridge);
  }
  if (options_.own_switch) {
    // An hour instead of ten seconds: a quiet link's first frame does not wait for ovs-vswitchd.
    transaction.mutate("Open_vSwitch", by_uuid(*root_row()), "other_config", "insert",
                       Datum::map({{idle_key, "3600000"}}));
  }
  transaction.comment("linkfab: prepare bridge " + options_.bridge);
  co_return co_await commit(std::move(transaction));
}

asio::awaitable<Result<void>> Vswitch::remove_all() {
  const auto root = root_row();
  std::vector<ovsdb::Atom> bridges;
  for (const auto& [uuid, row] : replica().rows("Bridge"))
    if (belongs(row, options_.instance)) bridges.emplace_back(uuid);
  if (!bridges.empty() && root) {
    Transaction transaction{switch_database};
    transaction.mutate("Open_vSwitch", by_uuid(*root), "bridges", "delete",
                       Datum::set(std::move(bridges)));
    transaction.comment("linkfab: remove bridge " + options_.bridge);
    if (auto removed = co_await commit(std::move(transaction)); !removed) co_return removed;
  }
  // Not in the same transaction: the ports that refer to them are collected only at its end.
  Transaction transaction{switch_database};
  for (const char* table : {"QoS", "Queue"})
    for (const auto& [uuid, row] : replica().rows(table))
      if (belongs(row, options_.instance)) transaction.erase(table, by_uuid(uuid));
  if (transaction.empty()) co_return Result<void>{};
  co_return co_await commit(std::move(transaction));
}

asio::awaitable<Result<void>> Vswitch::change(std::vector<Attach> attach,
                                              std::vector<std::string> detach) {
  Transaction transaction{switch_database};
  const auto bridge = own_row("Bridge");
  const auto qos = own_row("QoS");
  if (!bridge || !qos)
    co_return failure(Errc::not_found, "change ports",
                      "the fabric bridge is gone from Open vSwitch");
  std::vector<ovsdb::Atom> added;
  for (const auto& port : attach) {
    const Datum marks =
        Datum::map({{instance_key, options_.instance}, {interface_key, format(port.endpoint)}});
    const auto interface = transaction.insert(
        "Interface", {{"name", port.device},
                      {"ofport_request", static_cast<std::int64_t>(port.number.value)},
                      {"external_ids", marks}});
    added.emplace_back(transaction.insert("Port", {{"name", port.device},
                                                   {"interfaces", interface},
                                                   {"qos", *qos},
                                                   {"external_ids", marks}}));
  }
  std::vector<ovsdb::Atom> removed;
  for (const auto& device : detach)
    if (const auto* port = find(device)) removed.emplace_back(port->row);
  if (added.empty() && removed.empty()) co_return Result<void>{};
  transaction.require_exists("Bridge", by_uuid(*bridge));
  if (!removed.empty())
    transaction.mutate("Bridge", by_uuid(*bridge), "ports", "delete",
                       Datum::set(std::move(removed)));
  if (!added.empty())
    transaction.mutate("Bridge", by_uuid(*bridge), "ports", "insert", Datum::set(std::move(added)));
  transaction.comment(
      fmt::format("linkfab: attach {} ports, detach {}", attach.size(), detach.size()));
  co_return co_await commit(std::move(transaction));
}

asio::awaitable<Result<void>> Vswitch::release_restored_flows(std::string process) {
  const auto root = root_row();
  if (!options_.own_switch || !root) co_return Result<void>{};
  const auto settings = get(*replica().find("Open_vSwitch", *root), "other_config").string_map();
  const auto released_before = settings.find(released_key);
  if (settings.contains(wait_key) && released_before != settings.end() &&
      released_before->second == process)
    co_return Result<void>{};
  Transaction release{switch_database};
  release.mutate("Open_vSwitch", by_uuid(*root), "other_config", "delete",
                 Datum::set({std::string(wait_key), std::string(released_key)}));
  if (auto released = co_await commit(std::move(release)); !released) co_return released;
  // Set again while the switch runs it is not read: it is there for the next restart.
  Transaction arm{switch_database};
  auto armed_settings = Datum::map({{wait_key, "true"}});
  if (!process.empty()) armed_settings = Datum::map({{wait_key, "true"}, {released_key, process}});
  arm.mutate("Open_vSwitch", by_uuid(*root), "other_config", "insert", armed_settings);
  if (auto armed = co_await session_.transact(std::move(arm)); !armed)
    co_return std::unexpected(armed.error());
  co_return Result<void>{};
}

}  // namespace linkfab::fabric
