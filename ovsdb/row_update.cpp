#include "ovsdb/row_update.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "ovsdb/json_text.hpp"

namespace linkfab::ovsdb {
namespace {

using Kind = RowUpdate::Kind;

std::unexpected<Error> bad_update(const RowUpdate& update, const std::string& cause) {
  return failure(Errc::invalid,
                 fmt::format("update row {} of {}", update.uuid.text(), update.table), cause);
}

Result<Columns> decode_columns(const Json::Value& json) {
  if (!json.isObject())
    return failure(Errc::invalid, "decode a row", "expected an object, found " + excerpt(json));
  Columns columns;
  columns.reserve(json.size());
  for (auto column = json.begin(); column != json.end(); ++column) {
    Result<Datum> value = datum_from_json(*column);
    if (!value) return std::unexpected(std::move(value.error()));
    columns.emplace_back(column.name(), std::move(*value));
  }
  return columns;
}

// Which kind of update this is, and where in it the row stands; null where it is none.
std::pair<Kind, const Json::Value*> classify1(const Json::Value& json) {
  const bool has_old = json.isMember("old") && !json["old"].isNull();
  const bool has_new = json.isMember("new") && !json["new"].isNull();
  if (has_new) return {has_old ? Kind::replace : Kind::insert, &json["new"]};
  return {Kind::erase, has_old ? &json["old"] : nullptr};
}

std::pair<Kind, const Json::Value*> classify2(const Json::Value& json) {
  if (json.size() != 1) return {Kind::erase, nullptr};
  for (const char* name : {"initial", "insert"})
    if (json.isMember(name)) return {Kind::insert, &json[name]};
  if (json.isMember("modify")) return {Kind::modify, &json["modify"]};
  return {Kind::erase, json.isMember("delete") ? &json["delete"] : nullptr};
}

Result<void> decode_update(RowUpdate& update, const Json::Value& json, bool version2) {
  if (!json.isObject()) return bad_update(update, "expected an object, found " + excerpt(json));
  const auto [kind, content] = version2 ? classify2(json) : classify1(json);
  if (content == nullptr) return bad_update(update, "it says nothing: " + excerpt(json));
  update.kind = kind;
  if (kind == Kind::erase) return {};
  Result<Columns> columns = decode_columns(*content);
  if (!columns) return bad_update(update, format(columns.error()));
  update.sent = std::move(*columns);
  return {};
}

// The elements in one of the two only.
Datum set_difference(Datum::Set a, Datum::Set b) {
  std::vector<Atom> atoms;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(atoms));
  return Datum::set(std::move(atoms));
}

// A pair that stands there is removed, a key that stands there gets the new value, another pair is
// added.
Datum map_difference(Datum::Map pairs, const Datum::Map& difference) {
  for (const auto& [key, value] : difference) {
    const auto [place, added] = pairs.emplace(key, value);
    if (added) continue;
    if (place->second == value)
      pairs.erase(place);
    else
      place->second = value;
  }
  return Datum::map(std::move(pairs));
}

Datum changed(const Datum& current, Datum difference, const ColumnType& type) {
  if (!type.composite) return difference;
  if (type.fallback.is_map()) return map_difference(current.as_map(), difference.as_map());
  return set_difference(current.as_set(), difference.as_set());
}

Result<void> conform_row(RowUpdate& update, const TableColumns& columns) {
  for (auto& [name, value] : update.sent) {
    const auto type = columns.find(name);
    if (type == columns.end()) return bad_update(update, "column " + name + " is not monitored");
    const bool one_type = value.is_map() == type->second.fallback.is_map();
    if (!one_type) return bad_update(update, "column " + name + " mixes a set and a map");
    value = conform(std::move(value), type->second);
  }
  return {};
}

}  // namespace

Result<void> decode_updates(const Json::Value& table_updates, bool version2,
                            const std::function<Result<void>(RowUpdate)>& take) {
  if (!table_updates.isObject())
    return failure(Errc::invalid, "decode an update",
                   "expected an object of tables, found " + excerpt(table_updates));
  for (auto table = table_updates.begin(); table != table_updates.end(); ++table) {
    if (!table->isObject())
      return failure(Errc::invalid, "decode an update of table " + table.name(),
                     "expected an object of rows, found " + excerpt(*table));
    for (auto row = table->begin(); row != table->end(); ++row) {
      const auto uuid = Uuid::parse(row.name());
      if (!uuid)
        return failure(Errc::invalid, "decode an update of table " + table.name(),
                       "expected the UUID of a row, found " + row.name());
      RowUpdate update{
          .kind = Kind::insert, .table = table.name(), .uuid = *uuid, .sent = {}, .row = {}};
      if (auto done = decode_update(update, *row, version2); !done)
        return std::unexpected(std::move(done.error()));
      if (auto taken = take(std::move(update)); !taken) return taken;
    }
  }
  return {};
}

Result<void> complete(RowUpdate& update, const Row* current,
                      const std::shared_ptr<const TableColumns>& columns) {
  if (update.kind == Kind::insert && current != nullptr)
    return bad_update(update, "it is inserted, but stands there already");
  if (update.kind != Kind::insert && current == nullptr)
    return bad_update(update, "there is no such row");
  if (update.kind == Kind::erase) return {};
  if (columns == nullptr) {
    if (update.kind == Kind::modify) return bad_update(update, "the table's schema is not known");
    update.row = Row(std::exchange(update.sent, {}));
    return {};
  }

  if (auto done = conform_row(update, *columns); !done) return done;
  const bool modify = update.kind == Kind::modify;
  update.row = modify ? current->under(columns) : Row(columns);
  for (auto& [name, value] : std::exchange(update.sent, {}))
    update.row.set(
        name, modify ? changed(get(update.row, name), std::move(value), columns->find(name)->second)
                     : std::move(value));
  return {};
}

}  // namespace linkfab::ovsdb
