// The datapath of Open vSwitch's bridges: what carries their frames.
#pragma once

namespace linkfab::fabric {

// Values of Bridge.datapath_type in ovs-vswitchd.conf.db(5); an empty one is "system", too.
inline constexpr const char* kernel_datapath = "system";
inline constexpr const char* userspace_datapath = "netdev";

// Has this kernel openvswitch? To ask for its family of generic netlink (OVS_DATAPATH_FAMILY in
// linux/openvswitch.h) loads the module, where there is one.
[[nodiscard]] bool kernel_has_openvswitch();

}  // namespace linkfab::fabric
