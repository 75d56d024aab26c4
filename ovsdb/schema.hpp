// What a replica must know of a database's schema (RFC 7047 §3.2): the type of each column, as far
// as it decides what an omitted or a changed value means.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"
#include "ovsdb/datum.hpp"

namespace linkfab::ovsdb {

struct ColumnType {
  Datum fallback;          // the default value, RFC 7047 §5.2.1
  bool composite = false;  // may hold more than one element: an update of version 2 is a difference
  bool real_keys = false;  // the elements of a set, the keys of a map
  bool real_values = false;

  bool operator==(const ColumnType&) const = default;
};

using TableColumns = std::map<std::string, ColumnType, std::less<>>;
using Schema = std::map<std::string, TableColumns>;

// The part of a <database-schema> that covers these tables and columns; no columns stands for all
// of a table. Errc::not_found where the database does not have one of them.
[[nodiscard]] Result<Schema> schema_from_json(
    const Json::Value& json, const std::map<std::string, std::vector<std::string>>& tables);

// The <monitor-requests> (RFC 7047 §4.1.5) for them. The columns are listed even where all are
// wanted: the server's own "all" includes _version, which changes with every commit.
[[nodiscard]] Json::Value monitor_requests(const Schema& schema);

// The value with integers turned into reals where the column's type says so.
[[nodiscard]] Datum conform(Datum value, const ColumnType& type);

}  // namespace linkfab::ovsdb
