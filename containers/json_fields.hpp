// Reading JSON that somebody else wrote: a field that is missing or of another type reads as empty,
// never throws.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"

namespace linkfab::containers {

// A whole document. The error's attempt is "read JSON"; its cause says what is wrong.
[[nodiscard]] Result<Json::Value> parse_json(std::string_view text);
[[nodiscard]] std::string to_text(const Json::Value& value);

// The member `name` of an object; null where there is none or `object` is no object.
[[nodiscard]] const Json::Value& field(const Json::Value& object, const char* name);
[[nodiscard]] std::string text_field(const Json::Value& object, const char* name);
[[nodiscard]] std::int64_t integer_field(const Json::Value& object, const char* name);
[[nodiscard]] std::vector<std::string> strings_field(const Json::Value& object, const char* name);
[[nodiscard]] std::map<std::string, std::string> map_field(const Json::Value& object,
                                                           const char* name);

[[nodiscard]] Json::Value to_json(const std::vector<std::string>& values);
[[nodiscard]] Json::Value to_json(const std::map<std::string, std::string>& values);

}  // namespace linkfab::containers
