// The synopsis of a command, "LINK... [--from NODE[:IF]] [KEY=VALUE...]", as what its words are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace linkfab::cli {

// A place for words: options are none.
struct Place {
  std::string name;  // "LINK", "KEY=VALUE"
  bool optional = false;
  bool repeated = false;
  bool operator==(const Place&) const = default;
};
[[nodiscard]] std::vector<Place> parse_synopsis(std::string_view synopsis);

// The places that the word after `words` may have. Words with '=' are for KEY=VALUE alone.
[[nodiscard]] std::vector<Place> next_places(const std::vector<Place>& places,
                                             const std::vector<std::string>& words);

}  // namespace linkfab::cli
