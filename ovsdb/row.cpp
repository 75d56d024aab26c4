#include "ovsdb/row.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace linkfab::ovsdb {

Row::Row(const Columns& values) {
  auto columns = std::make_shared<TableColumns>();
  for (const auto& [name, value] : values) columns->emplace(name, ColumnType{});
  columns_ = std::move(columns);
  for (const auto& [name, value] : values) set(name, value);
}

const Datum& Row::get(std::string_view column) const {
  static const Datum none;
  if (columns_ == nullptr) return none;
  const auto found = columns_->find(column);
  if (found == columns_->end()) return none;
  for (const auto& [place, value] : values_)
    if (place == &*found) return value;
  return found->second.fallback;
}

void Row::set(std::string_view column, Datum value) {
  const auto found = columns_ == nullptr ? TableColumns::const_iterator{} : columns_->find(column);
  if (columns_ == nullptr || found == columns_->end())
    throw std::out_of_range("no column " + std::string(column));
  const auto before = [](const auto& held, std::string_view name) {
    return held.first->first < name;
  };
  const auto place = std::lower_bound(values_.begin(), values_.end(), column, before);
  const bool held = place != values_.end() && place->first == &*found;
  const bool needed = value != found->second.fallback;
  if (held && needed)
    place->second = std::move(value);
  else if (held)
    values_.erase(place);
  else if (needed)
    values_.emplace(place, &*found, std::move(value));
}

Row Row::under(const std::shared_ptr<const TableColumns>& columns) const {
  if (columns == columns_) return *this;
  Row row(columns);
  for (const auto& [column, value] : values_)
    if (columns->contains(column->first)) row.set(column->first, value);
  return row;
}

bool Row::holds_all_of(const Row& other) const {
  return std::ranges::all_of(*other.columns_, [&](const Column& column) {
    return columns_->contains(column.first) && get(column.first) == other.get(column.first);
  });
}

bool operator==(const Row& a, const Row& b) {
  if (a.columns_ == b.columns_) return a.values_ == b.values_;
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.holds_all_of(b) && b.holds_all_of(a);
}

}  // namespace linkfab::ovsdb
