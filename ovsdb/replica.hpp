// The monitored part of one database, in memory, kept up to date from monitor updates: RFC 7047
// <table-updates>, and the <table-updates2> of monitor_cond and monitor_cond_since
// (ovsdb-server(7) §4.1.12 on).
//
// Updates of version 2 leave out default values and send differences, whose meaning depends on a
// column's type: they need the database's schema. With it, rows are the same in both versions:
// every column of the schema given is there, and a column of reals holds reals.
//
// Always a consistent snapshot: an update is applied whole or, when it does not make sense, not at
// all.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"
#include "ovsdb/row.hpp"
#include "ovsdb/schema.hpp"

namespace linkfab::ovsdb {

struct RowUpdate;

using Rows = std::map<Uuid, Row>;

// What an update did to one row.
struct Change {
  std::string table;
  Uuid uuid;
  Row before;  // empty: the row is new
  Row after;   // empty: the row is gone
};
using Changes = std::vector<Change>;

class Replica {
 public:
  // The replicated tables with their replicated columns. Keeps the rows: a dump must follow.
  void learn(Schema schema);

  [[nodiscard]] const Rows& rows(
      const std::string& table) const;  // empty where the table is unknown
  [[nodiscard]] const Row* find(const std::string& table, const Uuid& uuid) const;

  // A first or new dump: what is not in it is gone. Returns the difference with what was there.
  [[nodiscard]] Result<Changes> replace(const Json::Value& table_updates, bool version2);
  [[nodiscard]] Result<Changes> apply(const Json::Value& table_updates, bool version2);

 private:
  [[nodiscard]] Result<void> complete_row(RowUpdate& update) const;

  std::map<std::string, std::shared_ptr<const TableColumns>> columns_;  // by table
  std::map<std::string, Rows> tables_;
};

}  // namespace linkfab::ovsdb
