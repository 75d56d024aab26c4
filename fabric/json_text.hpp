// JSON as people write it in files: comments allowed, strict in everything else, and every value
// and key with its place in the text.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

namespace linkfab::fabric {

inline constexpr std::size_t longest_json = std::size_t{64} << 20;  // bytes

struct JsonError {
  std::size_t offset = 0;  // in bytes
  std::string cause;
};

// A list or object. Duplicate keys, trailing text, text that is not UTF-8, nesting deeper than 32
// and more than 64 MB are errors. Values know their offsets (Json::Value::getOffsetStart()).
[[nodiscard]] std::expected<Json::Value, JsonError> parse_json(std::string_view text);

struct JsonMember {
  std::string key;
  std::size_t offset = 0;  // of the key's opening quote
  const Json::Value* value = nullptr;
};

// The members of an object out of `text`, in the order of the text: jsoncpp sorts them and keeps no
// place for keys.
[[nodiscard]] std::vector<JsonMember> members(const Json::Value& object, std::string_view text);

// The offset of the first byte that is not part of valid UTF-8 (RFC 3629 §4); npos when there is
// none.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

// Text as a JSON string. What is not ASCII stays as it is, which is easier to read than \u escapes.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace linkfab::fabric
