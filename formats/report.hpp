// What became of every element of a file that was imported.
//
// Nothing of a source is dropped in silence: what has no entry of its own lies below an element
// that has one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace linkfab::formats {

enum class Fate {
  mapped,        // the topology says the same
  approximated,  // the topology says something near: the cause tells the difference
  refused,       // the topology does not have it
};
[[nodiscard]] std::string_view name_of(Fate fate);

struct Entry {
  Fate fate = Fate::mapped;
  std::string file;
  int line = 0;        // from 1
  int column = 0;      // from 1, in characters
  std::string path;    // "topology.nodes.r1.image"
  std::string cause;   // why it is not mapped as it stands; empty for most of what is
  std::string advice;  // what to do about it; may be empty
  bool operator==(const Entry&) const = default;
};
using Report = std::vector<Entry>;  // in the order of the source

// "lab.clab.yml:12:7: topology.nodes.r1.ports: refused: …; publish them with …"
[[nodiscard]] std::string format(const Entry& entry);

// What is not mapped, a line each. Entries that say the same of several elements share the line of
// the first: "… (and 11 more)".
[[nodiscard]] std::string losses(const Report& report);
[[nodiscard]] std::size_t count(const Report& report, Fate fate);
[[nodiscard]] std::string summary(const Report& report);  // "41 mapped, 3 approximated, 2 refused"

}  // namespace linkfab::formats
