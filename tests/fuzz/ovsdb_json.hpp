// The one JSON message at the start of a fuzz input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ovsdb/json_stream.hpp"

namespace linkfab::ovsdb {

inline std::optional<Json::Value> first_message(JsonStream& stream) {
  auto message = stream.next();
  return message ? std::move(*message) : std::nullopt;
}

inline std::string_view text_of_input(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace linkfab::ovsdb
