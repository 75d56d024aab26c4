#include "fabric/json_item.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggest.hpp"
#include "fabric/json_text.hpp"

namespace linkfab::fabric {
namespace {

std::string_view type_name(const Json::Value& value) {
  switch (value.type()) {
    case Json::nullValue:
      return "null";
    case Json::stringValue:
      return "a text";
    case Json::booleanValue:
      return value.asBool() ? "true" : "false";
    case Json::arrayValue:
      return "a list";
    case Json::objectValue:
      return "an object";
    default:
      return "a number";
  }
}

std::size_t start_of(const Json::Value& value) {
  return static_cast<std::size_t>(value.getOffsetStart());
}

// "nodes.r1", and nodes["a.b"] where the key would read as two.
std::string join(const std::string& path, std::string_view key) {
  const bool plain = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (!plain) return fmt::format("{}[{}]", path, quote(key));
  return path.empty() ? std::string{key} : fmt::format("{}.{}", path, key);
}

}  // namespace

JsonItem::JsonItem(const Json::Value& root, JsonReport& report)
    : JsonItem(root, report, {}, start_of(root)) {}

JsonItem::JsonItem(const Json::Value& value, JsonReport& report, std::string path,
                   std::size_t key_offset)
    : value_(&value), report_(&report), path_(std::move(path)), key_offset_(key_offset) {}

std::size_t JsonItem::offset() const {
  return start_of(*value_);
}

void JsonItem::report(std::string cause) const {
  report_->found.push_back({start_of(*value_), path_, std::move(cause)});
}

void JsonItem::report_at_key(std::string cause) const {
  report_->found.push_back({key_offset_, path_, std::move(cause)});
}

void JsonItem::report_type(std::string_view needed) const {
  report(fmt::format("{} is needed, not {}", needed, type_name(*value_)));
}

// Escapes can make what no program takes: a NUL, or half of a surrogate pair.
bool JsonItem::good_text(std::string_view text) const {
  const bool good = text.find('\0') == std::string_view::npos &&
                    find_invalid_utf8(text) == std::string_view::npos;
  if (!good) report("a text may not hold \\u0000 or half of a surrogate pair");
  return good;
}

std::optional<std::string> JsonItem::text() const {
  if (!is_text()) {
    report_type("a text in quotes");
    return std::nullopt;
  }
  auto text = value_->asString();
  return good_text(text) ? std::optional{std::move(text)} : std::nullopt;
}

std::optional<std::string> JsonItem::text_or_number() const {
  if (is_text()) return text();
  if (value_->isNumeric()) {
    const auto length = static_cast<std::size_t>(value_->getOffsetLimit()) - start_of(*value_);
    return std::string{report_->text.substr(start_of(*value_), length)};
  }
  report_type("a text or number");
  return std::nullopt;
}

std::optional<std::string> JsonItem::scalar() const {
  if (value_->isBool()) return value_->asBool() ? "true" : "false";
  return text_or_number();
}

std::optional<bool> JsonItem::boolean() const {
  if (value_->isBool()) return value_->asBool();
  report_type("true or false");
  return std::nullopt;
}

std::optional<std::int64_t> JsonItem::integer(std::int64_t least, std::int64_t most) const {
  if (!value_->isNumeric()) {
    report_type("a number");
    return std::nullopt;
  }
  if (value_->isInt64() && value_->asInt64() >= least && value_->asInt64() <= most)
    return value_->asInt64();
  report(fmt::format("{}: a whole number between {} and {} is needed", *text_or_number(), least,
                     most));
  return std::nullopt;
}

std::optional<std::size_t> JsonItem::choice(std::span<const std::string_view> words) const {
  const auto word = text();
  if (!word) return std::nullopt;
  const auto found = std::ranges::find(words, *word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  report(fmt::format("'{}' is none of {}{}", *word, fmt::join(words, ", "),
                     did_you_mean(*word, words)));
  return std::nullopt;
}

std::vector<JsonItem> JsonItem::list() const {
  std::vector<JsonItem> items;
  if (!is_list()) {
    report_type("a list");
    return items;
  }
  for (const Json::Value& value : *value_)
    items.push_back({value, *report_, fmt::format("{}[{}]", path_, items.size()), start_of(value)});
  return items;
}

std::vector<JsonItem::Member> JsonItem::members() const {
  std::vector<Member> result;
  if (!is_object()) {
    report_type("an object");
    return result;
  }
  for (auto& [key, offset, value] : fabric::members(*value_, report_->text)) {
    if (!good_text(key)) continue;
    JsonItem item{*value, *report_, join(path_, key), offset};
    result.push_back({std::move(key), std::move(item)});
  }
  return result;
}

std::optional<JsonItem> JsonItem::find(std::string_view key) const {
  if (!is_object()) return std::nullopt;
  const Json::Value* const value = value_->find(key.data(), key.data() + key.size());
  if (value == nullptr) return std::nullopt;
  return JsonItem{*value, *report_, join(path_, key), start_of(*value)};
}

void JsonItem::fields(std::span<const Field> fields,
                      std::span<const std::string_view> others) const {
  for (const auto& [key, value] : members()) {
    if (const auto field = std::ranges::find(fields, key, &Field::key); field != fields.end()) {
      field->read(value);
    } else if (std::ranges::find(others, key) == others.end()) {
      std::vector<std::string_view> known{others.begin(), others.end()};
      for (const Field& each : fields) known.push_back(each.key);
      const auto cause = fmt::format("unknown key '{}'{}", key, did_you_mean(key, known));
      report_->found.push_back({value.key_offset_, path_, cause, value.path_});
    }
  }
}

JsonItem::Field schema_field() {
  return {"$schema", [](const JsonItem& item) { (void)item.text(); }};
}

std::optional<std::string> option_text(const JsonItem& item) {
  if (!item.is_list()) return item.scalar();
  std::string text;
  for (const JsonItem& number : item.list()) {
    const auto each = number.integer(INT16_MIN, INT16_MAX);
    if (!each) return std::nullopt;
    if (!text.empty()) text += ',';
    text += std::to_string(*each);
  }
  return text.empty() ? "none" : text;
}

}  // namespace linkfab::fabric
