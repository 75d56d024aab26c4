// What Open vSwitch says of a packet's way through a switch (ofproto/trace), and where it goes
// next. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace linkfab::fabric {

// The devices of the datapath's ports, out of dpif/show: "s1-eth1 1/5: (system)" is port 5.
[[nodiscard]] std::map<std::uint32_t, std::string> datapath_ports(std::string_view dpif_show);

struct TracedActions {
  std::set<std::uint32_t> outputs;  // of the datapath
  bool changed = false;             // the packet that goes out is another one
};
// Of the line "Datapath actions: 3,push_vlan(vid=1,pcp=0),4".
[[nodiscard]] TracedActions traced_actions(std::string_view trace);

}  // namespace linkfab::fabric
