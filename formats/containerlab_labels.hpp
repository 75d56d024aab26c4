// What a containerlab file says of our nodes beyond its own words: labels of nodes, which are of no
// effect there, written by the export and read by the import.
#pragma once

namespace linkfab::formats {

inline constexpr const char* kind_label = "linkfab-kind";  // "netns", "hub", "switch"
// Of a bridge of Open vSwitch that is a switch node: its settings, as the topology file has them,
// and a JSON object of its interfaces, from their names there to ours.
inline constexpr const char* switch_label = "linkfab-switch";
inline constexpr const char* interfaces_label = "linkfab-interfaces";

}  // namespace linkfab::formats
