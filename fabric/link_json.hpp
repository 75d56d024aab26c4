// Links and their changes as JSON that a program sends: the keys of docs/topology-file.md, read as
// strictly. All findings, not only the first; each with its path and place.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/finding.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

using Findings = std::vector<Finding>;

struct NamedLink {
  std::string name;
  Link link;
};

// {"ends": ["r1:eth0", "r2:eth0"], "name", "up", "underlay", "a_to_b", "b_to_a" and any
// impairment}.
[[nodiscard]] std::expected<NamedLink, Findings> new_link(std::string_view text);

// What the text says comes on top of `link`: "state": "up" or "down", "ends", "underlay",
// impairments of both directions or of "a_to_b" and "b_to_a". null turns a key or a whole direction
// off.
[[nodiscard]] std::expected<Link, Findings> changed_link(std::string_view text, Link link);

// The same with impairments of all members or of those in "members", by name.
[[nodiscard]] std::expected<Segment, Findings> changed_segment(std::string_view text,
                                                               Segment segment);

// What frames toward a member of a segment undergo: impairments and nothing else.
[[nodiscard]] std::expected<Impairment, Findings> new_member(std::string_view text);

}  // namespace linkfab::fabric
