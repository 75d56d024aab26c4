// One row's part of a monitor update, before it is applied to the replica.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/schema.hpp"

namespace linkfab::ovsdb {

struct RowUpdate {
  // Of a change, version 1 sends the whole new row, version 2 the difference.
  enum class Kind { insert, replace, modify, erase };
  Kind kind = Kind::insert;
  std::string table;
  Uuid uuid;
  Columns sent;
  Row row;  // after complete(): the whole row as it becomes
};

// <table-updates> (RFC 7047 §4.1.6) or <table-updates2> (ovsdb-server(7) §4.1.14), row by row, up
// to the first that cannot be read or that `take` refuses.
[[nodiscard]] Result<void> decode_updates(const Json::Value& table_updates, bool version2,
                                          const std::function<Result<void>(RowUpdate)>& take);

// Makes update.row of what was sent, which is gone then. `current` is the row as it stands, null
// where there is none; `columns` may be null where the schema is not known. Errc::invalid where the
// update cannot follow on what stands.
[[nodiscard]] Result<void> complete(RowUpdate& update, const Row* current,
                                    const std::shared_ptr<const TableColumns>& columns);

}  // namespace linkfab::ovsdb
