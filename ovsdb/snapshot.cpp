#include "ovsdb/snapshot.hpp"

#include <utility>

#include "ovsdb/row_update.hpp"

namespace linkfab::ovsdb {
namespace {

using boost::asio::awaitable;

constexpr const char* monitor_id = "snapshot";

Result<Snapshot> decode_snapshot(const Json::Value& dump, bool version2, Schema schema) {
  std::map<std::string, std::shared_ptr<const TableColumns>> columns;
  for (auto& [table, types] : schema)
    columns[table] = std::make_shared<const TableColumns>(std::move(types));
  Snapshot snapshot;
  const auto decoded = decode_updates(dump, version2, [&](RowUpdate update) {
    auto done = complete(update, nullptr, columns[update.table]);
    if (done) snapshot[update.table].emplace(update.uuid, std::move(update.row));
    return done;
  });
  if (!decoded) return std::unexpected(decoded.error());
  return snapshot;
}

}  // namespace

awaitable<Result<Snapshot>> read_snapshot(Session& session, Monitor wanted) {
  Json::Value params(Json::arrayValue);
  params.append(wanted.database);
  const auto schema_json = co_await session.request("get_schema", std::move(params));
  if (!schema_json) co_return std::unexpected(schema_json.error());
  auto schema = schema_from_json(*schema_json, wanted.tables);
  if (!schema) co_return std::unexpected(schema.error());

  Json::Value monitor(Json::arrayValue);
  monitor.append(wanted.database);
  monitor.append(monitor_id);
  monitor.append(monitor_requests(*schema));
  bool version2 = true;
  auto dump = co_await session.request("monitor_cond", monitor);
  if (!dump && dump.error().code == Errc::unsupported) {
    version2 = false;
    dump = co_await session.request("monitor", std::move(monitor));
  }
  if (!dump) co_return std::unexpected(dump.error());
  Json::Value cancel(Json::arrayValue);
  cancel.append(monitor_id);
  if (auto done = co_await session.request("monitor_cancel", std::move(cancel)); !done)
    co_return std::unexpected(done.error());
  co_return decode_snapshot(*dump, version2, *std::move(schema));
}

}  // namespace linkfab::ovsdb
