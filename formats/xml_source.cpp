#include <algorithm>
#include <pugixml.hpp>

#include <fmt/format.h>

#include "formats/place.hpp"
#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

class XmlBuilder {
 public:
  explicit XmlBuilder(std::string_view text) : cursor_(text) {}

  // Elements are met in the order of the text.
  bool build(const pugi::xml_node& node, std::size_t depth, Element& element) {
    place(node, element);
    element.kind = Element::Kind::map;
    element.key = node.name();
    if (depth > deepest_source)
      return fail(element, fmt::format("more than {} levels", deepest_source));
    for (const auto& attribute : node.attributes()) {
      const std::string_view key = attribute.name();
      if (std::ranges::find(element.children, key, &Element::key) != element.children.end())
        return fail(element, fmt::format("attribute '{}' is there already", key));
      if (!add(element, key, attribute.value())) return false;
    }
    for (const auto& child : node.children()) {
      if (child.type() == pugi::node_element) {
        if (++elements_ > most_elements)
          return fail(element, fmt::format("more than {} elements", most_elements));
        if (!build(child, depth + 1, element.children.emplace_back())) return false;
      } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        if (!add(element, "text", child.value())) return false;
      }
    }
    return true;
  }

  SourceError error;

 private:
  // The offset is that of the name; the element starts with the bracket before it.
  void place(const pugi::xml_node& node, Element& element) {
    cursor_.go_to(static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug() - 1, 0)));
    element.line = cursor_.line;
    element.column = cursor_.column;
  }
  bool add(Element& element, std::string_view key, std::string_view text) {
    if (++elements_ > most_elements)
      return fail(element, fmt::format("more than {} elements", most_elements));
    auto& child = element.children.emplace_back();
    child.kind = Element::Kind::scalar;
    child.key = key;
    child.text = text;
    child.line = element.line;
    child.column = element.column;
    return true;
  }
  bool fail(const Element& at, std::string cause) {
    error = {at.line, at.column, std::move(cause)};
    return false;
  }

  PlaceCursor cursor_;
  std::size_t elements_ = 0;
};

}  // namespace

Source parse_xml_source(std::string_view text) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
  if (!parsed) {
    PlaceCursor cursor{text};
    cursor.go_to(static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)));
    return std::unexpected(SourceError{cursor.line, cursor.column, parsed.description()});
  }
  if (std::ranges::any_of(document.children(), [](const pugi::xml_node& node) {
        return node.type() == pugi::node_doctype;
      }))
    return std::unexpected(SourceError{
        1, 1, "a document type is not taken, nor are entities of its own; leave it out"});
  XmlBuilder builder{text};
  Element root;
  if (!builder.build(document.document_element(), 1, root)) return std::unexpected(builder.error);
  return root;
}

}  // namespace linkfab::formats
