// lab.conf, lab.ext and the lines of *.startup, as Kathará reads them.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Calls for each line that is neither blank nor a comment; the first failure ends it.
template <class Take>
Source lines(std::string_view text, Element::Kind kind, const Take& take) {
  Element root;
  root.kind = kind;
  int number = 0;
  std::size_t count = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    if (++count > most_elements)
      return std::unexpected(
          SourceError{number, 1, fmt::format("more than {} lines", most_elements)});
    if (auto cause = take(root, line, number); !cause.empty())
      return std::unexpected(SourceError{number, 1, std::move(cause)});
  }
  return root;
}

Element scalar(std::string_view key, std::string_view text, int line) {
  Element element;
  element.kind = Element::Kind::scalar;
  element.key = key;
  element.text = text;
  element.line = line;
  return element;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// A value, bare or in quotes, and maybe a comment behind it.
bool take_value(std::string_view text, std::string_view& value) {
  std::string_view rest;
  if (text.starts_with('"') || text.starts_with('\'')) {
    const auto end = text.find(text.front(), 1);
    if (end == std::string_view::npos) return false;
    value = text.substr(1, end - 1);
    rest = trimmed(text.substr(end + 1));
  } else {
    const auto comment = std::min(text.find(" #"), text.size());
    value = trimmed(text.substr(0, comment));
    if (value.find_first_of("\"'") != std::string_view::npos) return false;
  }
  return rest.empty() || rest.starts_with('#');
}

}  // namespace

Source parse_kathara_source(std::string_view text) {
  constexpr std::string_view right =
      "a line is DEVICE[KEY]=VALUE, with VALUE bare or in quotes, or LAB_NAME=\"…\" and the like";
  std::vector<std::pair<std::string, std::size_t>> places;  // devices, sorted
  return lines(text, Element::Kind::map,
               [&](Element& root, std::string_view line, int number) -> std::string {
                 const auto equals = line.find('=');
                 std::string_view value;
                 if (equals == std::string_view::npos ||
                     !take_value(trimmed(line.substr(equals + 1)), value))
                   return std::string{right};
                 const auto name = trimmed(line.substr(0, equals));
                 if (name.starts_with("LAB_") && is_word(name)) {
                   root.children.push_back(scalar(name, value, number));
                   return "";
                 }
                 const auto open = name.find('[');
                 if (open == std::string_view::npos || !name.ends_with(']'))
                   return std::string{right};
                 const auto device = name.substr(0, open);
                 const auto key = name.substr(open + 1, name.size() - open - 2);
                 if (!is_word(device) || device.size() > 30 || !is_word(key))
                   return std::string{right};
                 auto place = std::ranges::lower_bound(
                     places, device, {},
                     [](const auto& each) -> std::string_view { return each.first; });
                 if (place == places.end() || place->first != device) {
                   place = places.emplace(place, device, root.children.size());
                   Element made;
                   made.kind = Element::Kind::map;
                   made.key = device;
                   made.line = number;
                   root.children.push_back(std::move(made));
                 }
                 root.children[place->second].children.push_back(scalar(key, value, number));
                 return "";
               });
}

Source parse_lab_ext_source(std::string_view text) {
  return lines(text, Element::Kind::map,
               [](Element& root, std::string_view line, int number) -> std::string {
                 const auto end = line.find_first_of(" \t");
                 const auto rest = end == std::string_view::npos ? "" : trimmed(line.substr(end));
                 if (rest.empty() || rest.find_first_of(" \t") != std::string_view::npos)
                   return "a line is DOMAIN DEVICE or DOMAIN DEVICE.VLAN";
                 root.children.push_back(scalar(line.substr(0, end), rest, number));
                 return "";
               });
}

Source parse_lines_source(std::string_view text) {
  return lines(text, Element::Kind::list,
               [](Element& root, std::string_view line, int number) -> std::string {
                 root.children.push_back(scalar("", line, number));
                 return "";
               });
}

}  // namespace linkfab::formats
