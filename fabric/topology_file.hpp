// Topology files: JSON with comments, for people. docs/topology-file.md is their reference.
//
// Reading reports everything that is wrong, each with its place, in the order of the file. What is
// not an error in reading is held against check() of fabric/topology.hpp, so a topology that comes
// out is sound. Addresses, routes and binds come out in canonical form: sorted, relative bind
// sources made absolute from the file's directory.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "fabric/finding.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

// `file` is what findings are reported for; its stem is the default name, its directory the one
// that relative bind sources start from. Nothing is opened.
[[nodiscard]] std::expected<Topology, std::vector<Finding>> parse_topology(std::string_view text,
                                                                           const std::string& file);
[[nodiscard]] std::expected<Topology, std::vector<Finding>> read_topology(const std::string& path);

// As a person would write it: only what differs from the defaults. A topology that check() finds
// nothing in is read back equal.
[[nodiscard]] std::string write_topology(const Topology& topology);

}  // namespace linkfab::fabric
