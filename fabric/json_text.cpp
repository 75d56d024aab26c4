#include "fabric/json_text.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <json/reader.h>

namespace linkfab::fabric {
namespace {

constexpr int deepest = 32;

// The offset after the string whose opening quote is at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

// The offset after the comment that starts at `at`; `at` itself when none does.
std::size_t skip_comment(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "//") return std::min(text.find_first_of("\r\n", at), text.size());
  if (text.substr(at, 2) != "/*") return at;
  const auto end = text.find("*/", at + 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

// The offset of the next token, past white space and comments.
std::size_t skip_blank(std::string_view text, std::size_t at) {
  for (;;) {
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    const std::size_t after = skip_comment(text, at);
    if (after == at) return at;
    at = after;
  }
}

// jsoncpp counts the depth too, but says only that it is exceeded, not where.
std::optional<std::size_t> find_too_deep(std::string_view text) {
  int depth = 0;
  for (std::size_t at = skip_blank(text, 0); at < text.size(); at = skip_blank(text, at)) {
    if (text[at] == '"') {
      at = skip_string(text, at);
      continue;
    }
    if ((text[at] == '{' || text[at] == '[') && ++depth > deepest) return at;
    if (text[at] == '}' || text[at] == ']') --depth;
    ++at;
  }
  return std::nullopt;
}

// The offset of a byte's line and column as jsoncpp counts them, both from 1.
std::size_t offset_of(std::string_view text, std::size_t line, std::size_t column) {
  std::size_t start = 0;
  for (std::size_t i = 1; i < line && start < text.size(); ++i) {
    start = text.find_first_of("\r\n", start);
    if (start == std::string_view::npos) return text.size();
    start += text.substr(start, 2) == "\r\n" ? 2 : 1;
  }
  return std::min(start + column - 1, text.size());
}

// jsoncpp's report is text: "* Line 3, Column 7\n  Missing ',' …\n". Only the first error counts;
// what follows it comes from guesses about how to go on.
JsonError first_error(std::string_view text, const std::string& report) {
  std::size_t line = 1;
  std::size_t column = 1;
  if (std::sscanf(report.c_str(), "* Line %zu, Column %zu", &line, &column) != 2)
    return {0, "not JSON: " + report};
  const auto start = report.find('\n');
  auto cause = report.substr(start + 1, report.find('\n', start + 1) - start - 1);
  cause.erase(0, cause.find_first_not_of(' '));
  if (cause.ends_with('.')) cause.pop_back();
  return {offset_of(text, line, column), "not JSON: " + cause};
}

Json::CharReaderBuilder strict_reader() {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["allowComments"] = true;
  builder["collectComments"] = false;
  builder["skipBom"] = false;
  builder["stackLimit"] = deepest + 2;
  return builder;
}

}  // namespace

std::expected<Json::Value, JsonError> parse_json(std::string_view text) {
  if (text.size() > longest_json)
    return std::unexpected(
        JsonError{0, fmt::format("{} bytes are too many; at most 64 MB", text.size())});
  if (const auto at = find_invalid_utf8(text); at != std::string_view::npos)
    return std::unexpected(JsonError{at, "not UTF-8 text"});
  if (const auto at = find_too_deep(text))
    return std::unexpected(JsonError{*at, fmt::format("nested deeper than {} levels", deepest)});
  static const Json::CharReaderBuilder builder = strict_reader();
  const std::unique_ptr<Json::CharReader> reader{builder.newCharReader()};
  Json::Value root;
  std::string report;
  try {
    if (reader->parse(text.data(), text.data() + text.size(), &root, &report)) return root;
  } catch (const std::exception& error) {
    return std::unexpected(JsonError{0, fmt::format("not JSON: {}", error.what())});
  }
  return std::unexpected(first_error(text, report));
}

std::vector<JsonMember> members(const Json::Value& object, std::string_view text) {
  std::vector<JsonMember> result;
  for (auto member = object.begin(); member != object.end(); ++member)
    result.push_back({member.name(), 0, &*member});
  std::ranges::sort(result, {},
                    [](const JsonMember& member) { return member.value->getOffsetStart(); });
  std::size_t at = static_cast<std::size_t>(object.getOffsetStart()) + 1;
  for (JsonMember& member : result) {
    at = skip_blank(text, at);
    if (at < text.size() && text[at] == ',') at = skip_blank(text, at + 1);
    member.offset = at;
    at = static_cast<std::size_t>(member.value->getOffsetLimit());
  }
  return result;
}

std::size_t find_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) -> unsigned {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned lead = byte(at);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0) return at;
    for (std::size_t i = 1; i < length; ++i)
      if ((byte(at + i) & 0xc0U) != 0x80) return at;
    // Longer than needed, a surrogate, or above U+10FFFF.
    const unsigned second = byte(at + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
      return at;
    }
    at += length;
  }
  return std::string_view::npos;
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", c);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace linkfab::fabric
