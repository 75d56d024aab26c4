#include "formats/element.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/units.hpp"
#include "fabric/json_text.hpp"

namespace linkfab::formats {
namespace {

std::string_view type_name(Element::Kind kind) {
  switch (kind) {
    case Element::Kind::null:
      return "nothing";
    case Element::Kind::scalar:
      return "a single value";
    case Element::Kind::list:
      return "a list";
    case Element::Kind::map:
      return "an object";
  }
  return "";
}

// "nodes.r1", links[3], and nodes["a.b"] where the key would read as two.
std::string join(const std::string& path, const Element& element, std::size_t index) {
  if (element.key.empty()) return fmt::format("{}[{}]", path, index);
  const bool plain = std::ranges::none_of(
      element.key, [](char c) { return c == '.' || c == '"' || c == ' ' || c == '\n'; });
  if (!plain) return fmt::format("{}[{}]", path, fabric::quote(element.key));
  return path.empty() ? element.key : fmt::format("{}.{}", path, element.key);
}

bool empty(const Element& element) {
  return element.children.empty() && element.text.empty();
}

bool has_text(const Element& element, std::string_view part) {
  return element.text.contains(part) ||
         std::ranges::any_of(element.children,
                             [&](const Element& child) { return has_text(child, part); });
}

bool any_verdict(const Element& element) {
  return element.verdict || std::ranges::any_of(element.children, any_verdict);
}

// Does it say so of everything below it? An approximation of what was read is one of the object
// itself.
bool is_whole(const Element& element) {
  return element.verdict && (element.verdict->fate != Fate::approximated ||
                             std::ranges::none_of(element.children, any_verdict));
}

void add(const Element& element, const std::string& path, const std::string& file, Report& report) {
  const auto entry = [&](Fate fate, const std::string& cause, const std::string& advice) {
    report.push_back({fate, file, element.line, element.column, path, cause, advice});
  };
  if (element.verdict) {
    const auto& [fate, cause, advice] = *element.verdict;
    entry(fate, cause, advice);
  } else if (empty(element)) {
    entry(Fate::mapped, "empty", "");
  } else if (std::ranges::none_of(element.children, any_verdict)) {
    entry(Fate::refused, "linkfab does not know it",
          "set it up in the lab by hand if it matters there");
    return;
  }
  if (is_whole(element)) return;
  std::size_t index = 0;
  for (const auto& child : element.children) add(child, join(path, child, index++), file, report);
}

}  // namespace

std::string json(const Element& element) {
  if (element.kind == Element::Kind::null) return "null";
  if (element.kind == Element::Kind::scalar) {
    const auto& text = element.text;
    const bool bare = text == "true" || text == "false" ||
                      (parse_integer(text, INT64_MIN, INT64_MAX) && !text.starts_with('+') &&
                       (text == "0" || !text.starts_with('0')));
    return bare ? text : fabric::quote(text);
  }
  std::vector<std::string> parts;
  for (const auto& child : element.children)
    parts.push_back(element.kind == Element::Kind::list
                        ? json(child)
                        : fmt::format("{}: {}", fabric::quote(child.key), json(child)));
  const bool list = element.kind == Element::Kind::list;
  return fmt::format("{}{}{}", list ? "[" : "{", fmt::join(parts, ", "), list ? "]" : "}");
}

Item Item::child(Element& element, std::size_t index) const {
  Item item{element, *file_, *problems_};
  item.path_ = join(path_, element, index);
  return item;
}

std::optional<Item> Item::find(std::string_view key) const {
  if (!is_map()) return std::nullopt;
  const auto found = std::ranges::find(element_->children, key, &Element::key);
  if (found == element_->children.end()) return std::nullopt;
  return child(*found, 0);
}

std::vector<Item> Item::members() const {
  std::vector<Item> items;
  if (!is_map() && !is_null())
    wrong(fmt::format("an object is needed, not {}", type_name(element_->kind)));
  if (!is_map()) return items;
  for (auto& each : element_->children) items.push_back(child(each, items.size()));
  return items;
}

std::vector<Item> Item::members(std::string_view key) const {
  std::vector<Item> items;
  if (!is_map()) return items;
  for (auto& each : element_->children)
    if (each.key == key) items.push_back(child(each, items.size()));
  return items;
}

std::vector<Item> Item::list() const {
  std::vector<Item> items;
  if (!is_list() && !is_null())
    wrong(fmt::format("a list is needed, not {}", type_name(element_->kind)));
  if (!is_list()) return items;
  for (auto& each : element_->children) items.push_back(child(each, items.size()));
  return items;
}

std::optional<std::string> Item::text() const {
  if (is_null()) {
    if (!element_->verdict) mapped();
    return "";
  }
  if (!is_scalar()) {
    wrong(fmt::format("a single value is needed, not {}", type_name(element_->kind)));
    return std::nullopt;
  }
  if (element_->text.find('\0') != std::string::npos ||
      fabric::find_invalid_utf8(element_->text) != std::string_view::npos) {
    wrong("a text must be UTF-8 without a NUL");
    return std::nullopt;
  }
  if (!element_->verdict) mapped();
  return element_->text;
}

std::optional<std::int64_t> Item::whole(std::int64_t least, std::int64_t most) const {
  const auto word = text();
  if (!word) return std::nullopt;
  const auto value = parse_integer(*word, least, most);
  if (value) return *value;
  wrong(fmt::format("'{}': a whole number between {} and {} is needed", *word, least, most));
  return std::nullopt;
}

std::optional<double> Item::number(double least, double most) const {
  const auto word = text();
  if (!word) return std::nullopt;
  double value = 0;
  const auto* const end = word->data() + word->size();
  const auto [stop, error] = std::from_chars(word->data(), end, value);
  if (error == std::errc{} && stop == end && std::isfinite(value) && value >= least &&
      value <= most)
    return value;
  wrong(fmt::format("'{}': a number between {} and {} is needed", *word, least, most));
  return std::nullopt;
}

std::optional<bool> Item::flag() const {
  const auto word = text();
  if (!word) return std::nullopt;
  auto lower = *word;
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (const auto value = parse_bool(lower)) return *value;
  wrong(fmt::format("'{}': true or false is needed", *word));
  return std::nullopt;
}

std::string Item::text_of(std::string_view key, std::string absent) const {
  const auto item = find(key);
  if (!item) return absent;
  auto value = item->text();
  return value && !value->empty() ? *std::move(value) : absent;
}

bool Item::untouched() const {
  return !any_verdict(*element_);
}

bool Item::has_text(std::string_view part) const {
  return formats::has_text(*element_, part);
}

void Item::settle(Fate fate, std::string cause, std::string advice) const {
  element_->verdict = Element::Verdict{fate, std::move(cause), std::move(advice)};
}

void Item::mapped(std::string cause) const {
  settle(Fate::mapped, std::move(cause), "");
}

void Item::approximated(std::string cause, std::string advice) const {
  settle(Fate::approximated, std::move(cause), std::move(advice));
}

void Item::refused(std::string cause, std::string advice) const {
  settle(Fate::refused, std::move(cause), std::move(advice));
}

void Item::wrong(std::string cause) const {
  problems_->push_back({{*file_, element_->line, element_->column},
                        path_,
                        {Errc::invalid, "read " + *file_, std::move(cause)}});
}

void Item::mapped(std::initializer_list<std::string_view> keys) const {
  for (const auto key : keys)
    for (const auto& item : members(key)) item.mapped();
}

void Item::refused(std::initializer_list<std::string_view> keys, const std::string& cause,
                   const std::string& advice) const {
  for (const auto key : keys)
    for (const auto& item : members(key))
      if (!empty(*item.element_)) item.refused(cause, advice);
}

void Item::drawn(std::initializer_list<std::string_view> keys) const {
  for (const auto key : keys)
    for (const auto& item : members(key))
      item.approximated("how the lab is drawn is not kept",
                        "`linkfab export --format svg` draws it anew");
}

void add_report(const Element& root, const std::string& file, Report& report) {
  add(root, "", file, report);
}

}  // namespace linkfab::formats
