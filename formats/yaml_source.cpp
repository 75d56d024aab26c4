#include <algorithm>
#include <istream>
#include <map>
#include <set>
#include <streambuf>
#include <utility>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <fmt/format.h>

#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& cause) {
  throw YAML::ParserException(mark, cause);
}

// What a copy costs, in elements: long texts count for more than one.
std::size_t size_of(const Element& element) {
  std::size_t size = 1 + element.text.size() / 64;
  for (const auto& child : element.children) size += size_of(child);
  return size;
}

// Members of the maps behind "<<" that the map itself does not have; of several maps the first has
// its way.
void merge(Element& map) {
  const auto found = std::ranges::find(map.children, "<<", &Element::key);
  if (found == map.children.end()) return;
  Element merged = std::move(*found);
  map.children.erase(found);
  const auto add = [&](Element& from) {
    for (auto& child : from.children)
      if (std::ranges::find(map.children, child.key, &Element::key) == map.children.end())
        map.children.push_back(std::move(child));
  };
  if (merged.kind == Element::Kind::map) add(merged);
  if (merged.kind == Element::Kind::list)
    for (auto& each : merged.children) add(each);
}

// Builds the tree of the parser's events.
class YamlBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(at(mark, Element::Kind::null), mark, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      refuse(mark, "an alias may not stand inside of what it stands for");
    Element copy = found->second;
    copy.key.clear();
    elements_ += size_of(copy);
    add(std::move(copy), mark, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto element = at(mark, Element::Kind::scalar);
    element.text = value;
    // A plain scalar has the tag "?", a quoted one "!".
    if (tag == "?" && (value == "~" || value == "null" || value == "Null" || value == "NULL"))
      element = at(mark, Element::Kind::null);
    add(std::move(element), mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, Element::Kind::list, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, Element::Kind::map, anchor);
  }
  void OnMapEnd() override {
    merge(open_.back().element);
    close();
  }

  Element take() { return std::move(root_); }

 private:
  struct Open {
    Element element;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::optional<std::string> key;  // of a map, when its value comes next
    std::set<std::string> keys;
  };

  static Element at(const YAML::Mark& mark, Element::Kind kind) {
    Element element;
    element.kind = kind;
    element.line = mark.line + 1;
    element.column = mark.column + 1;
    return element;
  }

  void open(const YAML::Mark& mark, Element::Kind kind, YAML::anchor_t anchor) {
    if (open_.size() >= deepest_source)
      refuse(mark, fmt::format("more than {} levels", deepest_source));
    if (!open_.empty() && open_.back().element.kind == Element::Kind::map && !open_.back().key)
      refuse(mark, "a key must be a single value");
    open_.push_back({at(mark, kind), mark, anchor, {}, {}});
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.element), done.mark, done.anchor);
  }

  void add(Element element, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (++elements_ > most_elements)
      refuse(mark, fmt::format("more than {} values, those of aliases included", most_elements));
    if (anchor != 0) {
      elements_ += size_of(element);
      anchors_[anchor] = element;
    }
    if (open_.empty()) {
      root_ = std::move(element);
      return;
    }
    auto& parent = open_.back();
    if (parent.element.kind == Element::Kind::map) {
      if (!parent.key) {
        if (element.kind != Element::Kind::scalar || element.text.empty())
          refuse(mark, "a key must be a single value");
        if (!parent.keys.insert(element.text).second)
          refuse(mark, fmt::format("'{}' is there already", element.text));
        parent.key = std::move(element.text);
        return;
      }
      element.key = *std::exchange(parent.key, std::nullopt);
    }
    parent.element.children.push_back(std::move(element));
  }

  Element root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Element> anchors_;
  std::size_t elements_ = 0;
};

// A stream of a text that is not copied.
class TextStream : private std::streambuf, public std::istream {
 public:
  explicit TextStream(std::string_view text) : std::istream(this) {
    auto* const begin = const_cast<char*>(text.data());  // only ever read
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

Source parse_yaml_source(std::string_view text) {
  TextStream stream{text};
  YamlBuilder builder;
  try {
    YAML::Parser parser{stream};
    if (!parser.HandleNextDocument(builder))
      return std::unexpected(SourceError{1, 1, "it is empty"});
    auto root = builder.take();
    if (parser.HandleNextDocument(builder))
      return std::unexpected(
          SourceError{root.line, root.column, "one document is needed, not several"});
    return root;
  } catch (const YAML::Exception& error) {
    return std::unexpected(SourceError{std::max(error.mark.line, 0) + 1,
                                       std::max(error.mark.column, 0) + 1, error.msg});
  }
}

}  // namespace linkfab::formats
