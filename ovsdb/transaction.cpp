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

Json::Value where_json(const Where& where) {
  Json::Value clauses(Json::arrayValue);
  for (const Clause& clause : where)
    clauses.append(triple(clause.column, clause.function, clause.value));
  return clauses;
}

}  // namespace

Where by_uuid(const Uuid& row) {
  return by_column("_uuid", row);
}

Where by_column(std::string column, Datum value) {
  Where where;
  where.push_back({.column = std::move(column), .function = "==", .value = std::move(value)});
  return where;
}

Json::Value& Transaction::add(const char* operation, const std::string& table) {
  Json::Value& json = operations_.emplace_back(Json::objectValue);
  json["op"] = operation;
  if (!table.empty()) json["table"] = table;
  return json;
}

Uuid Transaction::insert(const std::string& table, const Columns& columns) {
  const std::string name = fmt::format("row{}", ++inserted_);
  Json::Value& operation = add("insert", table);
  operation["row"] = row_json(columns);
  operation["uuid-name"] = name;
  return Uuid::with_name(name).value();
}

void Transaction::update(const std::string& table, const Where& where, const Columns& columns) {
  Json::Value& operation = add("update", table);
  operation["where"] = where_json(where);
  operation["row"] = row_json(columns);
}

void Transaction::mutate(const std::string& table, const Where& where, const std::string& column,
                         const std::string& mutator, const Datum& value) {
  Json::Value& operation = add("mutate", table);
  operation["where"] = where_json(where);
  operation["mutations"].append(triple(column, mutator, value));
}

void Transaction::erase(const std::string& table, const Where& where) {
  add("delete", table)["where"] = where_json(where);
}

void Transaction::select(const std::string& table, const Where& where,
                         const std::vector<std::string>& columns) {
  Json::Value& operation = add("select", table);
  operation["where"] = where_json(where);
  for (const std::string& column : columns) operation["columns"].append(column);
}

void Transaction::require(const std::string& table, const Where& where, const Columns& columns) {
  Json::Value& operation = add("wait", table);
  operation["timeout"] = 0;
  operation["where"] = where_json(where);
  operation["columns"] = Json::Value(Json::arrayValue);
  for (const auto& [name, value] : columns) operation["columns"].append(name);
  operation["until"] = "==";
  operation["rows"].append(row_json(columns));
}

// The rows that match are not the empty set.
void Transaction::require_exists(const std::string& table, const Where& where) {
  Json::Value& operation = add("wait", table);
  operation["timeout"] = 0;
  operation["where"] = where_json(where);
  operation["columns"].append("_uuid");
  operation["until"] = "!=";
  operation["rows"] = Json::Value(Json::arrayValue);
}

void Transaction::comment(std::string_view text) {
  add("comment", {})["comment"] = std::string(text);
}

void Transaction::assert_lock(const std::string& lock) {
  add("assert", {})["lock"] = lock;
}

void Transaction::durable() {
  add("commit", {})["durable"] = true;
}

Json::Value Transaction::params() const {
  Json::Value all(Json::arrayValue);
  all.append(database_);
  for (const Json::Value& operation : operations_) all.append(operation);
  return all;
}

Result<std::string> Transaction::params_text() const {
  std::string text = "[";
  auto done = append_json(text, database_);
  for (std::size_t i = 0; done && i < operations_.size(); ++i) {
    text.push_back(',');
    done = append_json(text, operations_[i]);
    if (!done) done.error().attempt += fmt::format(" in operation {} ({})", i + 1, describe(i));
  }
  if (!done) return std::unexpected(std::move(done.error()));
  text.push_back(']');
  return text;
}

std::string Transaction::describe(std::size_t index) const {
  const Json::Value& operation = operations_.at(index);
  std::string text = operation["op"].asString();
  if (operation.isMember("table")) text += " " + operation["table"].asString();
  return text;
}

}  // namespace linkfab::ovsdb
