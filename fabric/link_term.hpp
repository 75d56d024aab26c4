// A link or segment as a person may write it.
//
// An exact name; the name with its ends exchanged; an interface, "r1:eth0", for what it is attached
// to; or two nodes or interfaces, "r1--r2", with one link between them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace linkfab::fabric {

struct LinkTerm {
  struct End {
    std::string node;
    std::optional<std::string> interface;  // nullopt: any
    bool operator==(const End&) const = default;
  };
  std::string text;
  std::vector<std::string> names;  // to be looked up as they are, the best first
  std::vector<End> ends;           // one: an interface; two: what is between; none: only a name
};
[[nodiscard]] LinkTerm parse_link_term(std::string_view text);

// What a search for it ends with: Errc::not_found with the nearest of the names that there are, or
// Errc::invalid where it means several.
[[nodiscard]] Error no_such_link(const LinkTerm& term, std::vector<std::string> names);
[[nodiscard]] Error ambiguous_link(const LinkTerm& term, const std::vector<std::string>& names);

}  // namespace linkfab::fabric
