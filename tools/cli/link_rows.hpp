// Rows of the tables Link and Segment as links that are not complete yet: their ends have neither
// an endpoint nor an impairment (tools/cli/find.hpp finds these).
#pragma once

#include <string>
#include <vector>

#include "tools/cli/find.hpp"

namespace linkfab::cli {

// What from_row() needs of a row.
[[nodiscard]] const std::vector<std::string>& link_columns();
[[nodiscard]] const std::vector<std::string>& segment_columns();

[[nodiscard]] FoundLink from_row(const ovsdb::Row& row, bool segment);

// Its "_uuid"; without one, that of no row (RFC 4122 §4.1.7).
[[nodiscard]] ovsdb::Uuid row_id(const ovsdb::Row& row);

}  // namespace linkfab::cli
