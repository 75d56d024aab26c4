// What is wrong with a file that a person wrote, and where: for readers that report everything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "fabric/json_item.hpp"

namespace linkfab::fabric {

// Both count from 1, columns in characters. Line 0: the file as a whole.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

struct Finding {
  Position position;
  std::string path;  // "nodes.r1.interfaces.eth0"; empty: the document
  Error error;
  std::string key_path = {};  // of a key that should not be there
  bool operator==(const Finding&) const = default;
};

// "lab.json:12:17: nodes.r1.interfaces.eth0: unknown key 'adresses'; did you mean 'addresses'?"
[[nodiscard]] std::string format(const Finding& finding);

// Turns offsets in the report's text into positions, in the order of the text.
[[nodiscard]] std::vector<Finding> locate(JsonReport report, const std::string& file);

// A whole file; at most one block more than `most` bytes of it, which is enough for a reader to say
// that it is too long.
[[nodiscard]] Result<std::string> read_text(const std::string& path, std::size_t most);

}  // namespace linkfab::fabric
