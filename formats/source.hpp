// The syntaxes of files that are imported: text into a tree. Pure; nothing in a text is evaluated,
// and nothing outside of it is read.
//
// Limits that no real lab meets keep a hostile file from costing more than its size: 64 levels (32
// of JSON), a quarter of a million elements, 16 MB.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "formats/element.hpp"

namespace linkfab::formats {

inline constexpr std::size_t longest_source = std::size_t{16} << 20;  // bytes
inline constexpr std::size_t most_elements = 250'000;
inline constexpr std::size_t deepest_source = 64;

struct SourceError {
  int line = 1;
  int column = 1;
  std::string cause;
};
using Source = std::expected<Element, SourceError>;

[[nodiscard]] Source parse_json_source(std::string_view text);
// One document of YAML 1.2. Aliases are copied and merge keys ("<<") merged.
[[nodiscard]] Source parse_yaml_source(std::string_view text);
// An element's attributes and children are members of its map, the root's name is its key. Text
// between elements is kept where there is nothing else ("<script>…</script>"). A document type is
// refused: that is where entities are made.
[[nodiscard]] Source parse_xml_source(std::string_view text);
// Kathará's lab.conf: a map of devices, each a map of its lines. A key may be there several times.
[[nodiscard]] Source parse_kathara_source(std::string_view text);
[[nodiscard]] Source parse_lab_ext_source(std::string_view text);  // collision domain → device
// IMUNES' file: JSON, or of old a Tcl list: a map of its objects ("node", "link"), each a map with
// "id" and the pairs of its body.
[[nodiscard]] Source parse_imunes_source(std::string_view text);
// The words of a list; nullopt: it is none, or has something to evaluate.
[[nodiscard]] std::optional<std::vector<std::string>> tcl_list(std::string_view text);
// Lines that are neither blank nor a comment ('#').
[[nodiscard]] Source parse_lines_source(std::string_view text);

}  // namespace linkfab::formats
