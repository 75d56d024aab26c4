// The datapath of Open vSwitch's bridges: what carries their frames.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace linkfab::fabric {

// Values of Bridge.datapath_type in ovs-vswitchd.conf.db(5); an empty one is "system", too.
inline constexpr const char* kernel_datapath = "system";
inline constexpr const char* userspace_datapath = "netdev";

// Has this kernel openvswitch? To ask for its family of generic netlink (OVS_DATAPATH_FAMILY in
// linux/openvswitch.h) loads the module, where there is one.
[[nodiscard]] bool kernel_has_openvswitch();

// Since the machine's start, by the clock of ovs-vswitchd: CLOCK_MONOTONIC.
[[nodiscard]] std::chrono::milliseconds uptime();

// Of frames, since the kernel's datapath was made that all bridges of Open vSwitch in a network
// namespace share: struct ovs_dp_stats in linux/openvswitch.h.
struct DatapathCounts {
  std::uint64_t hit = 0;     // there was a flow
  std::uint64_t missed = 0;  // ovs-vswitchd was asked
  std::uint64_t lost = 0;    // nobody took the question

  // Has not one been answered?
  [[nodiscard]] bool unanswered() const { return hit == 0 && missed == lost; }
};
// nullopt: there is none.
[[nodiscard]] std::optional<DatapathCounts> kernel_datapath_counts();

}  // namespace linkfab::fabric
