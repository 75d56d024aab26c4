#include "fabric/database_access.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fabric/rows.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Uuid;

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return texts;
}

Permission read_permission(const ovsdb::Row& row) {
  const auto authorization = get(row, "authorization").strings();
  return {.table = get(row, "table").string(),
          .authorization = authorization.size() == 1 ? authorization.front() : "?",
          .insert_delete = get(row, "insert_delete").boolean(),
          .update = sorted(get(row, "update").strings())};
}

Datum set_of(const std::vector<std::string>& texts) {
  return Datum::set({texts.begin(), texts.end()});
}

// Table → row, of the role.
std::map<std::string, Uuid> granted(const ovsdb::Row& role) {
  std::map<std::string, Uuid> rows;
  for (const auto& [table, permission] : get(role, "permissions").as_map())
    rows.emplace(std::get<std::string>(table), std::get<Uuid>(permission));
  return rows;
}

bool as_wanted(const Replica& replica, const std::map<std::string, Uuid>& granted) {
  const auto& wanted = agent_permissions();
  if (granted.size() != wanted.size()) return false;
  return std::ranges::all_of(wanted, [&](const Permission& permission) {
    const auto known = granted.find(permission.table);
    if (known == granted.end()) return false;
    const auto* row = replica.find("RBAC_Permission", known->second);
    auto sorted_wanted = permission;
    sorted_wanted.update = sorted(permission.update);
    return row != nullptr && read_permission(*row) == sorted_wanted;
  });
}

void grant_role(const Replica& replica, ovsdb::Transaction& transaction) {
  std::optional<Uuid> role;
  std::map<std::string, Uuid> before;
  for (const auto& [uuid, row] : replica.rows("RBAC_Role"))
    if (get(row, "name").string() == agent_role) {
      role = uuid;
      before = granted(row);
    }
  if (role && as_wanted(replica, before)) return;
  for (const auto& [table, row] : before) transaction.erase("RBAC_Permission", ovsdb::by_uuid(row));
  Datum::Map permissions;
  for (const auto& permission : agent_permissions())
    permissions.emplace(permission.table,
                        transaction.insert("RBAC_Permission",
                                           {{"table", permission.table},
                                            {"authorization", set_of({permission.authorization})},
                                            {"insert_delete", permission.insert_delete},
                                            {"update", set_of(permission.update)}}));
  const ovsdb::Columns columns{{"name", agent_role},
                               {"permissions", Datum::map(std::move(permissions))}};
  if (role)
    transaction.update("RBAC_Role", ovsdb::by_uuid(*role), columns);
  else
    transaction.insert("RBAC_Role", columns);
}

void set_connections(const Replica& replica, const std::vector<std::string>& listen,
                     ovsdb::Transaction& transaction) {
  const auto& fabrics = replica.rows("Fabric");
  std::set<std::string> wanted(listen.begin(), listen.end());
  std::vector<ovsdb::Atom> connections;
  bool other = false;
  for (const auto& [uuid, row] : replica.rows("Connection")) {
    const bool right =
        get(row, "role").string() == agent_role && wanted.erase(get(row, "target").string()) == 1;
    if (right)
      connections.emplace_back(uuid);
    else
      other = true;
  }
  if (!other && wanted.empty() && !fabrics.empty()) return;
  for (const auto& target : wanted)
    connections.emplace_back(
        transaction.insert("Connection", {{"target", target}, {"role", agent_role}}));
  const ovsdb::Columns columns{{"connections", Datum::set(connections)}};
  if (fabrics.empty())
    transaction.insert("Fabric", {{"name", ""}, columns.front()});
  else
    transaction.update("Fabric", ovsdb::by_uuid(fabrics.begin()->first), columns);
}

}  // namespace

const std::vector<Permission>& agent_permissions() {
  static const std::vector<Permission> permissions{
      {"Fabric", "", false, {"next_stats"}},
      {"Host",
       "name",
       true,
       {"address", "bridge", "version", "pid", "capabilities", "cur_cfg", "cur_stats", "beat",
        "beat_ns", "silent", "underlay", "error"}},
      {"Node", "host", false, {"state", "restart_done", "pid", "container", "progress", "error"}},
      {"Interface",
       "host",
       false,
       {"device", "ofport", "state", "carrier", "error", "warning", "statistics"}},
      {"Link", "host", false, {"state", "error"}},
      {"Segment", "host", false, {"state", "error"}},
      {"Tunnel", "host", true, {}},
      {"Scenario",
       "",
       false,
       {"state", "error", "length_ns", "position_ns", "pass", "statistics", "now", "record"}}};
  return permissions;
}

std::vector<std::string> access_tables() {
  return {"Fabric", "Connection", "RBAC_Role", "RBAC_Permission"};
}

ovsdb::Transaction access_rows(const Replica& replica,
                               const std::optional<std::vector<std::string>>& listen) {
  ovsdb::Transaction transaction{database};
  grant_role(replica, transaction);
  if (listen) set_connections(replica, *listen, transaction);
  return transaction;
}

boost::asio::awaitable<Result<void>> grant_access(boost::asio::any_io_executor executor,
                                                  std::string remote,
                                                  std::optional<std::vector<std::string>> listen) {
  ovsdb::Session session(executor, {.remotes = {remote}});
  ovsdb::Monitor monitor{.database = database, .tables = {}};
  for (auto& table : access_tables()) monitor.tables[table] = {};
  session.monitor(std::move(monitor));
  session.start();
  // Another member may do the same at the same time: then it is there to be seen.
  constexpr int tries = 20;
  for (int i = 1;; ++i) {
    if (auto connected = co_await session.wait_connected(std::chrono::seconds{10}); !connected)
      co_return connected;
    auto rows = access_rows(session.replica(database), listen);
    if (rows.empty()) co_return Result<void>{};
    const auto written = co_await session.transact(std::move(rows));
    if (written) co_return Result<void>{};
    const bool overtaken =
        written.error().code == Errc::refused || written.error().code == Errc::conflict;
    if (!overtaken || i == tries) co_return std::unexpected(written.error());
    boost::asio::steady_timer pause(executor, std::chrono::milliseconds{50});
    boost::system::error_code ignored;
    co_await pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
}

}  // namespace linkfab::fabric
