// Tcl lists, Tcl(n) rules 1 to 6 and 9 without any substitution.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

class TclWords {
 public:
  TclWords(std::string_view text, int line) : text_(text), line_(line) {}

  struct Word {
    std::string text;
    int line = 1;
  };

  // False at the end, and where something is wrong: `cause` says what.
  bool next(Word& word) {
    while (at_ < text_.size() && is_space(text_[at_])) step();
    if (at_ == text_.size()) return false;
    word = {{}, line_};
    if (text_[at_] == '{') return braces(word);
    const bool quoted = text_[at_] == '"';
    if (quoted) step();
    while (at_ < text_.size() && (quoted ? text_[at_] != '"' : !is_space(text_[at_]))) {
      if (text_[at_] == '$' || text_[at_] == '[') {
        cause = "variables and commands of Tcl are not evaluated";
        return false;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) step();
      word.text += text_[at_];
      step();
    }
    if (quoted) {
      if (at_ == text_.size()) return fail("a quote is not closed", word.line);
      step();
    }
    return true;
  }

  std::string cause;
  [[nodiscard]] int line() const { return line_; }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void step() {
    if (text_[at_++] == '\n') ++line_;
  }
  bool fail(std::string_view what, int line) {
    cause = what;
    line_ = line;
    return false;
  }
  bool braces(Word& word) {
    const auto start = at_ + 1;
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) step();
      step();
      if (c == '{') ++depth;
      if (c == '}' && --depth == 0) {
        word.text = text_.substr(start, at_ - 1 - start);
        return true;
      }
    }
    return fail("a brace is not closed", word.line);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_;
};

Element tcl_scalar(std::string key, const TclWords::Word& word) {
  Element element;
  element.kind = Element::Kind::scalar;
  element.key = std::move(key);
  element.text = word.text;
  element.line = word.line;
  return element;
}

}  // namespace

Source parse_imunes_source(std::string_view text) {
  if (const auto first = text.find_first_not_of(" \t\r\n");
      first != std::string_view::npos && text[first] == '{')
    return parse_json_source(text);
  Element root;
  root.kind = Element::Kind::map;
  TclWords words{text, 1};
  std::size_t elements = 0;
  TclWords::Word kind;
  while (words.next(kind)) {
    TclWords::Word name;
    TclWords::Word body;
    if (!words.next(name) || !words.next(body)) {
      if (words.cause.empty())
        return std::unexpected(SourceError{kind.line, 1, "CLASS NAME {BODY} is needed"});
      break;
    }
    Element object;
    object.kind = Element::Kind::map;
    object.key = kind.text;
    object.line = kind.line;
    object.children.push_back(tcl_scalar("id", name));
    TclWords pairs{body.text, body.line};
    TclWords::Word key;
    TclWords::Word value;
    while (pairs.next(key)) {
      if (!pairs.next(value)) {
        if (pairs.cause.empty()) pairs.cause = fmt::format("'{}' has no value", key.text);
        break;
      }
      if (key.text.empty()) key.text = "{}";
      object.children.push_back(tcl_scalar(key.text, value));
      if (++elements > most_elements)
        pairs.cause = fmt::format("more than {} values", most_elements);
      if (!pairs.cause.empty()) break;
    }
    if (!pairs.cause.empty()) return std::unexpected(SourceError{pairs.line(), 1, pairs.cause});
    root.children.push_back(std::move(object));
  }
  if (!words.cause.empty()) return std::unexpected(SourceError{words.line(), 1, words.cause});
  return root;
}

std::optional<std::vector<std::string>> tcl_list(std::string_view text) {
  TclWords words{text, 1};
  std::vector<std::string> list;
  for (TclWords::Word word; words.next(word);) list.push_back(std::move(word.text));
  if (!words.cause.empty()) return std::nullopt;
  return list;
}

}  // namespace linkfab::formats
