// What one change does to what is wanted, as values: made by whoever makes the change, kept beside
// it (fabric/change_log.hpp), read by people and by an undo.
//
// Of an object it holds the values that change, before and after, and no others.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"
#include "fabric/scenario.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/datum.hpp"

namespace linkfab::fabric {

// Objects that change alike.
struct Touch {
  std::string kind;  // "lab", "node", "link", "segment", "scenario", "host"
  std::vector<std::string> names;
  // Merge patches (fabric/merge_patch.hpp) of each object's place in a lab's document
  // (fabric/lab_document.hpp), or of a scenario's or host's columns; null: it is not there.
  Json::Value before;
  Json::Value after;
  bool operator==(const Touch&) const = default;
};
using Touches = std::vector<Touch>;

// A change in words: "set", then what it is done to and the values.
struct ChangeWords {
  std::string verb;        // "set", "up", "undo 12"
  std::string about = {};  // in place of the objects' names and values
};

// The objects that a change touches, as far as it touches them. What is equal before and after is
// no change.
struct Touched {
  Topology before;
  Topology after;
  std::set<std::string> restarted;               // nodes, whose values stay
  std::map<std::string, ovsdb::Columns> played;  // scenarios that begin, by name
  std::set<std::string> stopped;                 // scenarios
  // Hosts, with what is wanted of them and, under "nodes", which nodes have moved where.
  std::map<std::string, std::pair<Json::Value, Json::Value>> hosts = {};
};

[[nodiscard]] Touches touches(const Touched& touched);
// At most so many bytes of UTF-8 and "…"; not cut in the middle of a character.
[[nodiscard]] std::string cut_short(std::string text, std::size_t longest);
// "set r1:eth0--r2:eth0 delay 10ms → 50ms", "up lab: 3 nodes and 2 links added"; of a line's
// length.
[[nodiscard]] std::string summary(const ChangeWords& words, const Touches& touches);

// "r1--r2, r3--r4", "1000 links", "2 nodes, 1 link": for `about`, where the verb says the values.
[[nodiscard]] std::string named_objects(const Touches& touches);

// One object and one of its values, as it is shown: {"a_to_b delay", "10ms", "50ms"}.
struct ValueChange {
  std::string name;
  std::string before;  // empty: not there
  std::string after;
  bool operator==(const ValueChange&) const = default;
};
[[nodiscard]] std::vector<ValueChange> value_changes(const Touch& touch);
// Without its quotes where it is a text.
[[nodiscard]] std::string text_of_value(const Json::Value& value);

[[nodiscard]] Json::Value to_json(const Touches& touches);
[[nodiscard]] Result<Touches> parse_touches(std::string_view text);

}  // namespace linkfab::fabric
