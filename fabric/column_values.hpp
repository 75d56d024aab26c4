// Values of columns, as the rows of more than one table hold them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "ovsdb/datum.hpp"

namespace linkfab::fabric {

[[nodiscard]] inline ovsdb::Datum integer(auto value) {
  return {static_cast<std::int64_t>(value)};
}
// Empty: no value.
[[nodiscard]] inline ovsdb::Datum text_or_nothing(const std::string& text) {
  return text.empty() ? ovsdb::Datum() : ovsdb::Datum(text);
}
// Datum::string_map() gives the same back.
[[nodiscard]] inline ovsdb::Datum string_map(const std::map<std::string, std::string>& pairs) {
  ovsdb::Datum::Map map;
  for (const auto& [key, value] : pairs) map.emplace(key, value);
  return ovsdb::Datum::map(std::move(map));
}

}  // namespace linkfab::fabric
