// Looking up in maps what may not be there.
#pragma once

#include <optional>

namespace linkfab::fabric {

// Where the value stands, or null.
template <class Map, class Key>
[[nodiscard]] const typename Map::mapped_type* lookup(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <class Map, class Key>
[[nodiscard]] std::optional<typename Map::mapped_type> copy_of(const Map& map, const Key& key) {
  const auto* value = lookup(map, key);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

}  // namespace linkfab::fabric
