#include "ovsdb/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace linkfab::ovsdb {
namespace {

// The length of the UTF-8 sequence at the start of `text`, 0 where it is none (RFC 3629 §4).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool too_large = first == 0xf4 && byte(1) > 0x8f;
    return tail(1) && tail(2) && tail(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

Result<void> append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
      ++i;
    } else if (c >= 0x20) {
      out.push_back(c);
      ++i;
    } else if (c > 0) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
      ++i;
    } else {
      const std::size_t length = c == 0 ? 0 : sequence_length(text.substr(i));
      if (length == 0)
        return failure(
            Errc::invalid, "encode a string for OVSDB",
            fmt::format("byte {} is {:#04x}: only UTF-8 without zero bytes can be stored", i,
                        static_cast<unsigned char>(c)));
      out.append(text.substr(i, length));
      i += length;
    }
  }
  out.push_back('"');
  return {};
}

template <class Number>
std::string_view number_text(Number value, std::span<char> room) {
  const auto end = std::to_chars(room.data(), room.data() + room.size(), value).ptr;
  return {room.data(), end};
}

Result<void> append_real(std::string& out, double value) {
  if (!std::isfinite(value))
    return failure(Errc::invalid, "encode a number for OVSDB", "it is infinite or not a number");
  std::array<char, 32> room{};
  const std::string_view text = number_text(value, room);
  out.append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out.append(".0");
  return {};
}

Result<void> append_array(std::string& out, const Json::Value& json) {
  char separator = '[';
  for (const Json::Value& element : json) {
    out.push_back(separator);
    if (auto done = append_json(out, element); !done) return done;
    separator = ',';
  }
  out.append(json.empty() ? "[]" : "]");
  return {};
}

Result<void> append_object(std::string& out, const Json::Value& json) {
  char separator = '{';
  for (auto member = json.begin(); member != json.end(); ++member) {
    out.push_back(separator);
    const char* end = nullptr;
    const char* name = member.memberName(&end);
    if (auto done = append_string(out, {name, end}); !done) return done;
    out.push_back(':');
    if (auto done = append_json(out, *member); !done) return done;
    separator = ',';
  }
  out.append(json.empty() ? "{}" : "}");
  return {};
}

}  // namespace

Result<void> append_json(std::string& out, const Json::Value& json) {
  std::array<char, 32> room{};
  switch (json.type()) {
    case Json::nullValue:
      out.append("null");
      return {};
    case Json::booleanValue:
      out.append(json.asBool() ? "true" : "false");
      return {};
    case Json::intValue:
      out.append(number_text(json.asInt64(), room));
      return {};
    case Json::uintValue:
      out.append(number_text(json.asUInt64(), room));
      return {};
    case Json::realValue:
      return append_real(out, json.asDouble());
    case Json::arrayValue:
      return append_array(out, json);
    case Json::objectValue:
      return append_object(out, json);
    case Json::stringValue:
      break;
  }
  const char* begin = nullptr;
  const char* end = nullptr;
  json.getString(&begin, &end);
  return append_string(out, {begin, end});
}

Result<void> append_json(std::string& out, const std::string& text) {
  return append_string(out, text);
}

std::string excerpt(const Json::Value& json) {
  std::string text;
  if (!append_json(text, json)) text += "…";
  constexpr std::size_t most = 60;
  if (text.size() <= most) return text;
  std::size_t cut = most;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return text.substr(0, cut) + "…";
}

}  // namespace linkfab::ovsdb
