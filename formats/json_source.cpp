#include <utility>

#include "fabric/json_text.hpp"
#include "formats/place.hpp"
#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

class JsonBuilder {
 public:
  explicit JsonBuilder(std::string_view text) : text_(text), cursor_(text) {}

  Element build(const Json::Value& value) {  // parse_json() bounds the depth
    Element element;
    const auto start = static_cast<std::size_t>(value.getOffsetStart());
    cursor_.go_to(start);
    element.line = cursor_.line;
    element.column = cursor_.column;
    if (value.isObject()) {
      element.kind = Element::Kind::map;
      for (auto& [key, offset, member] : fabric::members(value, text_)) {
        element.children.push_back(build(*member));
        element.children.back().key = std::move(key);
      }
    } else if (value.isArray()) {
      element.kind = Element::Kind::list;
      for (const auto& each : value) element.children.push_back(build(each));
    } else if (!value.isNull()) {
      element.kind = Element::Kind::scalar;
      element.text = value.isString()
                         ? value.asString()
                         : std::string{text_.substr(
                               start, static_cast<std::size_t>(value.getOffsetLimit()) - start)};
    }
    return element;
  }

 private:
  std::string_view text_;
  PlaceCursor cursor_;
};

}  // namespace

Source parse_json_source(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // of editors on Windows
  const auto root = fabric::parse_json(text);
  if (!root) {
    PlaceCursor cursor{text};
    cursor.go_to(root.error().offset);
    return std::unexpected(SourceError{cursor.line, cursor.column, root.error().cause});
  }
  return JsonBuilder{text}.build(*root);
}

}  // namespace linkfab::formats
