// The flows and groups that make links and segments out of ports. Pure.
//
// A link is two flows in table 0: what comes in at one port goes out at the other, whatever it is.
// Nothing but the port is matched, so every frame passes and the datapath needs one wide megaflow a
// direction and ethertype.
//
// A hub is a group of type "all" with a bucket a port; the switch leaves out the bucket of the port
// a frame came in at.
//
// A learning segment is a pipeline, shared by all of them and told apart by metadata:
//
//   table 0   in_port=P                       metadata = segment, go to 10
//   table 10  multicast source                go on to 20, learning nothing
//             metadata=S                      learn into 21 on which port this source lives, go on
//             to 20
//   table 20  multicast destination, S        group S
//             anything else                   look it up in 21, then decide in 30
//   table 21  what was learned                reg0 = port
//   table 30  reg0=0, S                       group S: not known, flood
//             anything else                   output to reg0
//
// It passes tagged frames and bridge protocol frames alike, which NORMAL does not, and keeps equal
// MAC addresses in two segments apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fabric/topology.hpp"
#include "openflow/flow.hpp"

namespace linkfab::fabric {

inline constexpr openflow::TableId port_table = 0;
inline constexpr openflow::TableId learn_table = 10;
inline constexpr openflow::TableId lookup_table = 20;
inline constexpr openflow::TableId learned_table = 21;
inline constexpr openflow::TableId output_table = 30;

// The most addresses that one segment learns; further ones are flooded to. A bound on what a node
// that makes up source addresses can cost the switch.
inline constexpr std::uint32_t learned_limit = 8192;

// What one link or segment, or the shared pipeline, has in the switch.
struct Tables {
  std::vector<openflow::Flow> flows;
  std::vector<openflow::Group> groups;
  bool operator==(const Tables&) const = default;
};

[[nodiscard]] Tables link_tables(const std::string& name, openflow::PortNo a, openflow::PortNo b);
// What comes in at `in` goes out at `out` instead.
void redirect(Tables& link, openflow::PortNo in, openflow::PortNo out);
[[nodiscard]] Tables segment_tables(const std::string& name, std::uint32_t number, SegmentKind kind,
                                    const std::vector<openflow::PortNo>& ports);
// Wanted as long as there is a learning segment.
[[nodiscard]] Tables pipeline_tables();
inline constexpr const char* pipeline_name = "learning pipeline";  // what its cookie is made from

}  // namespace linkfab::fabric
