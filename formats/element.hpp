// A file that is imported as a tree of values, whatever its syntax: scalars, lists, and maps in the
// order of the text, each with its place.
//
// Readers take what they know through an Item. Each element keeps what became of it: reading a
// scalar maps it, and a reader says where that is not all. What no reader took is refused, so a
// report made of the tree is complete by construction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/finding.hpp"
#include "formats/report.hpp"

namespace linkfab::formats {

struct Element {
  enum class Kind { null, scalar, list, map } kind = Kind::null;
  std::string key;   // in a map; a key may be there several times (XML, Tcl)
  std::string text;  // of a scalar, without quotes
  std::vector<Element> children;
  int line = 1;
  int column = 1;

  struct Verdict {
    Fate fate = Fate::mapped;
    std::string cause;
    std::string advice;
  };
  // Of a list or map: of everything below it, too, unless it approximates what was read.
  std::optional<Verdict> verdict;
};

// As JSON on one line. What reads as a whole number, true or false is one.
[[nodiscard]] std::string json(const Element& element);

// What is wrong with a source, so that nothing can be made of it.
using Problems = std::vector<fabric::Finding>;

class Item {
 public:
  Item(Element& root, const std::string& file, Problems& problems)
      : element_(&root), file_(&file), problems_(&problems) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& key() const { return element_->key; }
  [[nodiscard]] int line() const { return element_->line; }
  [[nodiscard]] bool is_null() const { return element_->kind == Element::Kind::null; }
  [[nodiscard]] bool is_scalar() const { return element_->kind == Element::Kind::scalar; }
  [[nodiscard]] bool is_list() const { return element_->kind == Element::Kind::list; }
  [[nodiscard]] bool is_map() const { return element_->kind == Element::Kind::map; }

  // The first member of that name. Nothing in what is no map.
  [[nodiscard]] std::optional<Item> find(std::string_view key) const;
  // All members, or all of that name. A null is empty; anything else that is no list or map is
  // wrong.
  [[nodiscard]] std::vector<Item> members() const;
  [[nodiscard]] std::vector<Item> members(std::string_view key) const;
  [[nodiscard]] std::vector<Item> list() const;

  // A scalar, which thereby counts as mapped. Another type, or a value out of range, is wrong.
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<std::int64_t> whole(std::int64_t least, std::int64_t most) const;
  [[nodiscard]] std::optional<double> number(double least, double most) const;
  [[nodiscard]] std::optional<bool> flag() const;
  // The same of a member; what stands for its absence.
  [[nodiscard]] std::string text_of(std::string_view key, std::string absent = {}) const;

  // Has nothing of it been taken yet?
  [[nodiscard]] bool untouched() const;
  // Does a scalar in it have this part?
  [[nodiscard]] bool has_text(std::string_view part) const;
  [[nodiscard]] std::string json() const { return formats::json(*element_); }

  void mapped(std::string cause = {}) const;
  void approximated(std::string cause, std::string advice) const;
  void refused(std::string cause, std::string advice) const;
  void wrong(std::string cause) const;
  // The same of members, where they are there.
  void mapped(std::initializer_list<std::string_view> keys) const;
  void refused(std::initializer_list<std::string_view> keys, const std::string& cause,
               const std::string& advice) const;
  // They say how the lab is drawn.
  void drawn(std::initializer_list<std::string_view> keys) const;

 private:
  Item child(Element& element, std::size_t index) const;
  void settle(Fate fate, std::string cause, std::string advice) const;

  Element* element_;
  const std::string* file_;
  Problems* problems_;
  std::string path_;
};

// What became of all elements, appended.
void add_report(const Element& root, const std::string& file, Report& report);

}  // namespace linkfab::formats
