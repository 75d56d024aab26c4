#include "ovsdb/transaction.hpp"

#include <fmt/format.h>

#include "ovsdb/json_text.hpp"

namespace linkfab::ovsdb {
namespace {

Json::Value row_json(const Columns& columns) {
  Json::Value row(Json::objectValue);
  for (const auto& [name, value] : columns) row[name] = to_json(value);
  return row;
}

Json::Value triple(const std::string& column, const std::string& function, const Datum& value) {
  Json::Value clause(Json::arrayValue);
  clause.append(column);
  clause.append(function);
  clause.append(to_json(value));
  return clause;
}

}  // namespace

Json::Value to_json(const std::vector<Clause>& clauses) {
  Json::Value conditions(Json::arrayValue);
  for (const Clause& clause : clauses)
    conditions.append(triple(clause.column, clause.function, clause.value));
  return conditions;
}

Where by_uuid(const Uuid& row) {
  return by_column("_uuid", row);
}

Where by_column(std::string column, Datum value) {
  Where where;
  where.push_back({.column = std::move(column), .function = "==", .value = std::move(value)});
  return where;
}

// A long transaction is thousands of operations: each is kept as text, a tenth of its JSON tree.
void Transaction::add(const char* operation, const std::string& table, Json::Value json) {
  json["op"] = operation;
  if (!table.empty()) json["table"] = table;
  operations_.push_back({operation, table});
  text_.push_back(',');
  auto done = append_json(text_, json);
  if (done || unsendable_) return;
  unsendable_ = std::move(done.error());
  unsendable_->attempt += fmt::format(" in operation {} ({})", size(), describe(size() - 1));
}

Uuid Transaction::insert(const std::string& table, const Columns& columns) {
  const std::string name = fmt::format("row{}", ++inserted_);
  Json::Value operation;
  operation["row"] = row_json(columns);
  operation["uuid-name"] = name;
  add("insert", table, std::move(operation));
  return Uuid::with_name(name).value();
}

void Transaction::update(const std::string& table, const Where& where, const Columns& columns) {
  Json::Value operation;
  operation["where"] = to_json(where);
  operation["row"] = row_json(columns);
  add("update", table, std::move(operation));
}

void Transaction::mutate(const std::string& table, const Where& where, const std::string& column,
                         const std::string& mutator, const Datum& value) {
  Json::Value operation;
  operation["where"] = to_json(where);
  operation["mutations"].append(triple(column, mutator, value));
  add("mutate", table, std::move(operation));
}

void Transaction::erase(const std::string& table, const Where& where) {
  Json::Value operation;
  operation["where"] = to_json(where);
  add("delete", table, std::move(operation));
}

void Transaction::select(const std::string& table, const Where& where,
                         const std::vector<std::string>& columns) {
  Json::Value operation;
  operation["where"] = to_json(where);
  for (const std::string& column : columns) operation["columns"].append(column);
  add("select", table, std::move(operation));
}

void Transaction::require(const std::string& table, const Where& where, const Columns& columns) {
  Json::Value operation;
  operation["timeout"] = 0;
  operation["where"] = to_json(where);
  operation["columns"] = Json::Value(Json::arrayValue);
  for (const auto& [name, value] : columns) operation["columns"].append(name);
  operation["until"] = "==";
  operation["rows"].append(row_json(columns));
  add("wait", table, std::move(operation));
}

// The rows that match are not the empty set.
void Transaction::require_exists(const std::string& table, const Where& where) {
  Json::Value operation;
  operation["timeout"] = 0;
  operation["where"] = to_json(where);
  operation["columns"].append("_uuid");
  operation["until"] = "!=";
  operation["rows"] = Json::Value(Json::arrayValue);
  add("wait", table, std::move(operation));
}

void Transaction::comment(std::string_view text) {
  Json::Value operation;
  operation["comment"] = std::string(text);
  add("comment", {}, std::move(operation));
}

void Transaction::assert_lock(const std::string& lock) {
  Json::Value operation;
  operation["lock"] = lock;
  add("assert", {}, std::move(operation));
}

void Transaction::durable() {
  Json::Value operation;
  operation["durable"] = true;
  add("commit", {}, std::move(operation));
}

Result<std::string> Transaction::params_text() const {
  if (unsendable_) return std::unexpected(*unsendable_);
  std::string text = "[";
  if (auto done = append_json(text, database_); !done) return std::unexpected(done.error());
  return text + text_ + "]";
}

std::string Transaction::describe(std::size_t index) const {
  const auto& [name, table] = operations_.at(index);
  return table.empty() ? name : fmt::format("{} {}", name, table);
}

}  // namespace linkfab::ovsdb
