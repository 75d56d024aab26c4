// Compact JSON text, as ovsdb-server reads it.
//
// Integers are exact to 64 bits; a real is the shortest text that reads back as the same real,
// never as an integer. Text that the server would drop the whole connection for (not UTF-8, or with
// a zero byte) is refused here, so that one bad name cannot take every other request down with it.
#pragma once

#include <string>

#include <json/value.h>

#include "core/result.hpp"

namespace linkfab::ovsdb {

// Adds the text of `json` to `out`. After an error `out` holds a part.
[[nodiscard]] Result<void> append_json(std::string& out, const Json::Value& json);
// Adds `text`, quoted.
[[nodiscard]] Result<void> append_json(std::string& out, const std::string& text);

// The beginning of the text, for messages: at most 60 bytes.
[[nodiscard]] std::string excerpt(const Json::Value& json);

}  // namespace linkfab::ovsdb
