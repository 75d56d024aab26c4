#include "ovsdb/replica.hpp"

#include "ovsdb/row_update.hpp"

namespace linkfab::ovsdb {

// A table that is as it was keeps its columns: rows with the same ones are compared faster.
void Replica::learn(Schema schema) {
  std::erase_if(columns_, [&](const auto& table) { return !schema.contains(table.first); });
  for (auto& [table, columns] : schema)
    if (auto& known = columns_[table]; known == nullptr || *known != columns)
      known = std::make_shared<const TableColumns>(std::move(columns));
}

const Rows& Replica::rows(const std::string& table) const {
  static const Rows none;
  const auto found = tables_.find(table);
  return found != tables_.end() ? found->second : none;
}

const Row* Replica::find(const std::string& table, const Uuid& uuid) const {
  const Rows& all = rows(table);
  const auto found = all.find(uuid);
  return found != all.end() ? &found->second : nullptr;
}

namespace {

void add_difference(Changes& changes, const std::string& table, const Rows& old_rows,
                    const Rows& new_rows) {
  for (const auto& [uuid, row] : old_rows)
    if (!new_rows.contains(uuid))
      changes.push_back({.table = table, .uuid = uuid, .before = row, .after = {}});
  for (const auto& [uuid, row] : new_rows) {
    const auto old_row = old_rows.find(uuid);
    if (old_row == old_rows.end())
      changes.push_back({.table = table, .uuid = uuid, .before = {}, .after = row});
    else if (old_row->second != row)
      changes.push_back({.table = table, .uuid = uuid, .before = old_row->second, .after = row});
  }
}

}  // namespace

Result<Changes> Replica::replace(const Json::Value& table_updates, bool version2) {
  Replica fresh;
  fresh.columns_ = columns_;
  const auto filled = decode_updates(table_updates, version2, [&](RowUpdate update) {
    auto done = fresh.complete_row(update);
    if (done && update.kind != RowUpdate::Kind::erase)
      fresh.tables_[update.table].emplace(update.uuid, update.row);  // tight, as below
    return done;
  });
  if (!filled) return std::unexpected(filled.error());

  Changes changes;
  std::size_t rows = 0;
  for (const auto& [table, new_rows] : fresh.tables_) rows += new_rows.size();
  changes.reserve(rows);
  for (const auto& [table, old_rows] : tables_)
    add_difference(changes, table, old_rows, fresh.rows(table));
  for (const auto& [table, new_rows] : fresh.tables_)
    if (!tables_.contains(table)) add_difference(changes, table, {}, new_rows);
  tables_ = std::move(fresh.tables_);
  return changes;
}

Result<void> Replica::complete_row(RowUpdate& update) const {
  const auto known = columns_.find(update.table);
  return complete(update, find(update.table, update.uuid),
                  known != columns_.end() ? known->second : nullptr);
}

// Everything that can fail is done before anything is changed. A row stands at most once in an
// update, so each change is worked out against the rows as they were.
Result<Changes> Replica::apply(const Json::Value& table_updates, bool version2) {
  std::vector<RowUpdate> updates;
  const auto decoded = decode_updates(table_updates, version2, [&](RowUpdate update) {
    auto done = complete_row(update);
    if (done) updates.push_back(std::move(update));
    return done;
  });
  if (!decoded) return std::unexpected(decoded.error());

  Changes changes;
  changes.reserve(updates.size());
  for (RowUpdate& update : updates) {
    Rows& rows = tables_[update.table];
    const auto place = rows.find(update.uuid);
    Change change{.table = std::move(update.table), .uuid = update.uuid, .before = {}, .after = {}};
    if (place != rows.end()) change.before = std::move(place->second);
    if (update.kind == RowUpdate::Kind::erase) {
      rows.erase(place);
    } else {
      rows.insert_or_assign(change.uuid, update.row);  // the copy has no room to spare
      change.after = std::move(update.row);
    }
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace linkfab::ovsdb
