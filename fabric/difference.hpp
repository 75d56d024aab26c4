// What differs between two topologies, for people: what `linkfab plan` prints. Pure.
//
// Every object is a list of named fields in text; two objects differ in the fields that differ.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fabric/topology.hpp"

namespace linkfab::fabric {

struct Difference {
  enum class Action { add, change, remove };

  struct Field {
    std::string name;    // "image", "interface eth0", "r1:eth0 -> r2:eth0"
    std::string before;  // empty: not there
    std::string after;   // empty: not there any more
    bool operator==(const Field&) const = default;
  };

  struct Item {
    Action action = Action::add;
    std::string kind;  // "node", "link", "segment"
    std::string name;
    std::vector<Field> fields;  // of something removed: none
    bool operator==(const Item&) const = default;
  };

  std::string name_before;  // of the lab
  std::string name_after;
  std::vector<Item> items;
  std::size_t unchanged = 0;  // objects that stay as they are

  [[nodiscard]] bool empty() const { return items.empty() && name_before == name_after; }
  [[nodiscard]] std::size_t count(Action action) const;
  bool operator==(const Difference&) const = default;
};

[[nodiscard]] Difference difference(const Topology& have, const Topology& want);

[[nodiscard]] std::string format(Difference::Action action);  // "add", "change", "remove"
// "image: frr:8 -> frr:9", "image: frr:9" where there was none.
[[nodiscard]] std::string format(const Difference::Field& field);
// "2 to add, 1 to change, nothing to remove, 7 unchanged".
[[nodiscard]] std::string summary(const Difference& difference);

}  // namespace linkfab::fabric
