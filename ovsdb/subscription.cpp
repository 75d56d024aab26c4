#include "ovsdb/subscription.hpp"

#include <algorithm>
#include <utility>

#include "ovsdb/json_text.hpp"

namespace linkfab::ovsdb {
namespace {

// Names that a server cannot have are refused by it; text that cannot be sent does not get there.
std::string request_text(const Json::Value& json) {
  std::string text;
  return append_json(text, json) ? text : "[]";
}

constexpr const char* no_transaction = "00000000-0000-0000-0000-000000000000";

}  // namespace

Subscription::Subscription(Monitor monitor, Events events)
    : monitor_(std::move(monitor)), events_(std::move(events)), last_transaction_(no_transaction) {
  // ovsdb-server 3.1 crashes now and then where several monitor with conditions on a column that
  // they do not replicate.
  for (const auto& [table, clauses] : monitor_.where) {
    auto& columns = monitor_.tables[table];
    if (columns.empty()) continue;  // all
    for (const auto& clause : clauses)
      if (std::ranges::find(columns, clause.column) == columns.end())
        columns.push_back(clause.column);
  }
}

void Subscription::begin(Rpc& rpc) {
  filled_ = false;
  Json::Value params(Json::arrayValue);
  params.append(monitor_.database);
  rpc.request("get_schema", request_text(params), [this, &rpc](Result<Json::Value> result) {
    if (!result) return events_.failed(result.error());
    Result<Schema> schema = schema_from_json(*result, monitor_.tables);
    if (!schema) {
      schema.error().attempt =
          "monitor database " + monitor_.database + ": " + schema.error().attempt;
      return events_.failed(schema.error());
    }
    if (schema_ != *schema) last_transaction_ = no_transaction;  // Rows change their shape.
    schema_ = *schema;
    replica_.learn(std::move(*schema));
    ask(rpc, Method::monitor_cond_since);
  });
}

void Subscription::ask(Rpc& rpc, Method method) {
  constexpr const char* names[] = {"monitor_cond_since", "monitor_cond", "monitor"};
  rpc.request(names[static_cast<int>(method)], monitor_params(method),
              [this, &rpc, method](Result<Json::Value> result) {
                answered(rpc, method, std::move(result));
              });
}

std::string Subscription::monitor_params(Method method) const {
  Json::Value params(Json::arrayValue);
  params.append(monitor_.database);
  params.append(monitor_.database);  // the name under which updates come
  Json::Value requests = monitor_requests(schema_);
  if (method != Method::monitor)
    for (const auto& [table, clauses] : monitor_.where)
      requests[table][0]["where"] = to_json(clauses);
  params.append(std::move(requests));
  if (method == Method::monitor_cond_since) params.append(last_transaction_);
  return request_text(params);
}

void Subscription::answered(Rpc& rpc, Method method, Result<Json::Value> result) {
  if (!result) {
    const bool newer = result.error().code == Errc::unsupported && method != Method::monitor;
    return newer ? ask(rpc, static_cast<Method>(static_cast<int>(method) + 1))
                 : events_.failed(result.error());
  }
  const Result<Changes> changes = fill(method, *result);
  if (!changes) return events_.failed(changes.error());
  filled_ = true;
  events_.changed(*changes, true);
}

Result<Changes> Subscription::fill(Method method, const Json::Value& result) {
  if (method != Method::monitor_cond_since)
    return replica_.replace(result, method == Method::monitor_cond);
  if (!result.isArray() || result.size() != 3 || !result[0].isBool() || !result[1].isString())
    return failure(Errc::invalid, "monitor database " + monitor_.database,
                   "the reply is malformed: " + excerpt(result));
  // Found: the server still knows our last transaction, and sends only what came after it.
  auto changes =
      result[0].asBool() ? replica_.apply(result[2], true) : replica_.replace(result[2], true);
  if (changes) last_transaction_ = result[1].asString();
  return changes;
}

bool Subscription::notified(const std::string& method, const Json::Value& params) {
  const bool since = method == "update3";
  if (!since && method != "update2" && method != "update") return false;
  const Json::ArrayIndex wanted = since ? 3 : 2;
  if (!params.isArray() || params.size() != wanted || params[0] != monitor_.database) return false;

  const Result<Changes> changes = replica_.apply(params[wanted - 1], method != "update");
  if (!changes) {
    last_transaction_ =
        no_transaction;  // The replica is not what the server takes it for: all anew.
    events_.failed(changes.error());
    return true;
  }
  if (since && params[1].isString()) last_transaction_ = params[1].asString();
  if (!changes->empty()) events_.changed(*changes, false);
  return true;
}

}  // namespace linkfab::ovsdb
