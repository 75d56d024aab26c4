// One row of a table, or what was selected of it.
//
// The names, types and default values of the columns stand once for all rows of a table; a row
// itself is one array, in the order of the columns, of the values that are not the default: most
// columns of most rows cost nothing.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "ovsdb/datum.hpp"
#include "ovsdb/schema.hpp"

namespace linkfab::ovsdb {

class Row {
 public:
  Row() = default;  // no columns: stands for no row
  // Columns of its own, as a reply has them: without types, so their default is the empty set.
  Row(const Columns& values);
  Row(std::initializer_list<Columns::value_type> values) : Row(Columns(values)) {}
  // Shared, because rows are copied out of a replica and may outlive what it knows of the schema.
  explicit Row(std::shared_ptr<const TableColumns> columns) : columns_(std::move(columns)) {}

  // Is this no row, one without columns? A row with only default values is not empty.
  [[nodiscard]] bool empty() const { return columns_ == nullptr || columns_->empty(); }
  // The empty set where there is no such column.
  [[nodiscard]] const Datum& get(std::string_view column) const;
  // Of one of its columns; std::out_of_range for another.
  void set(std::string_view column, Datum value);
  // The same values under these columns: what is not among them is left out.
  [[nodiscard]] Row under(const std::shared_ptr<const TableColumns>& columns) const;

  // The same columns with the same values, whatever their types.
  friend bool operator==(const Row& a, const Row& b);

 private:
  using Column = TableColumns::value_type;  // its place in columns_ is its identity
  [[nodiscard]] bool holds_all_of(const Row& other) const;

  std::shared_ptr<const TableColumns> columns_;
  std::vector<std::pair<const Column*, Datum>> values_;
};

// The value of a column of a row, the empty Datum where the row does not have it.
[[nodiscard]] inline const Datum& get(const Row& row, std::string_view column) {
  return row.get(column);
}

}  // namespace linkfab::ovsdb
