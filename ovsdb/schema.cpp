#include "ovsdb/schema.hpp"

#include <utility>

#include <fmt/format.h>

namespace linkfab::ovsdb {
namespace {

// A <base-type> is the name of an atomic type, or an object with that name as its "type".
std::string atomic_type(const Json::Value& base) {
  const Json::Value& name = base.isObject() ? base["type"] : base;
  return name.isString() ? name.asString() : std::string{};
}

Result<Atom> default_atom(const std::string& type) {
  if (type == "integer") return std::int64_t{0};
  if (type == "real") return 0.0;
  if (type == "boolean") return false;
  if (type == "string") return std::string{};
  if (type == "uuid") return Uuid{};
  return failure(Errc::invalid, "read the schema", "unknown type \"" + type + "\"");
}

Result<ColumnType> column_type(const Json::Value& type) {
  const bool scalar = !type.isObject();
  const std::string key = atomic_type(scalar ? type : type["key"]);
  const Result<Atom> key_default = default_atom(key);
  if (!key_default) return std::unexpected(key_default.error());

  ColumnType column{.fallback = *key_default, .real_keys = key == "real"};
  if (scalar) return column;
  const Json::Value& most = type["max"];
  const bool optional = type["min"].isIntegral() && type["min"].asInt64() == 0;
  column.composite = most.isString() || (most.isIntegral() && most.asInt64() > 1);
  if (optional) column.fallback = Datum();
  if (!type.isMember("value")) return column;

  const std::string value = atomic_type(type["value"]);
  const Result<Atom> value_default = default_atom(value);
  if (!value_default) return std::unexpected(value_default.error());
  column.real_values = value == "real";
  column.fallback =
      Datum::map(optional ? Datum::Map{} : Datum::Map{{*key_default, *value_default}});
  return column;
}

Result<TableColumns> table_columns(const Json::Value& columns, std::vector<std::string> wanted) {
  if (wanted.empty()) wanted = columns.getMemberNames();
  TableColumns found;
  for (const std::string& name : wanted) {
    if (!columns.isMember(name) || !columns[name].isObject())
      return failure(
          Errc::not_found, "read the schema",
          fmt::format("there is no column \"{}\" (is the database of an older version?)", name));
    Result<ColumnType> type = column_type(columns[name]["type"]);
    if (!type) return std::unexpected(std::move(type.error()));
    found.emplace(name, std::move(*type));
  }
  return found;
}

Atom as_real(const Atom& atom) {
  const auto* integer = std::get_if<std::int64_t>(&atom);
  return integer != nullptr ? Atom(static_cast<double>(*integer)) : atom;
}

}  // namespace

Result<Schema> schema_from_json(const Json::Value& json,
                                const std::map<std::string, std::vector<std::string>>& tables) {
  if (!json.isObject() || !json["tables"].isObject())
    return failure(Errc::invalid, "read the schema", "it has no tables");
  Schema schema;
  for (const auto& [name, wanted] : tables) {
    const Json::Value& table = json["tables"][name];
    if (!table.isObject() || !table["columns"].isObject())
      return failure(
          Errc::not_found, "read the schema",
          fmt::format("there is no table \"{}\" (is the database of an older version?)", name));
    Result<TableColumns> columns = table_columns(table["columns"], wanted);
    if (!columns) {
      columns.error().attempt += " of table " + name;
      return std::unexpected(std::move(columns.error()));
    }
    schema.emplace(name, std::move(*columns));
  }
  return schema;
}

Json::Value monitor_requests(const Schema& schema) {
  Json::Value requests(Json::objectValue);
  for (const auto& [table, columns] : schema) {
    Json::Value names(Json::arrayValue);
    for (const auto& [name, type] : columns) names.append(name);
    Json::Value request(Json::objectValue);
    request["columns"] = std::move(names);
    requests[table].append(std::move(request));
  }
  return requests;
}

Datum conform(Datum value, const ColumnType& type) {
  if (!type.real_keys && !type.real_values) return value;
  if (!value.is_map()) {
    std::vector<Atom> atoms;
    for (const Atom& atom : value.as_set()) atoms.push_back(as_real(atom));
    return Datum::set(std::move(atoms));
  }
  Datum::Map pairs;
  for (const auto& [key, element] : value.as_map())
    pairs.emplace(type.real_keys ? as_real(key) : key,
                  type.real_values ? as_real(element) : element);
  return Datum::map(std::move(pairs));
}

}  // namespace linkfab::ovsdb
