// Which links the kernel carries from device to device by itself (netem/forward.hpp), without ports
// on the fabric bridge. Pure.
//
// Where an agent forwards with tc these are the links of which both ends are on its host and none
// is a gateway's. All other ones, and segments, are the switch's, as all links are where it
// forwards with OpenFlow. docs/decisions/tc-forwarding.md says why both are there.
#pragma once

#include <optional>

#include "fabric/desired.hpp"

namespace linkfab::fabric {

enum class Forwarding { openflow, tc };

// Has it a port on the fabric bridge? Also of one that is not wanted.
[[nodiscard]] bool on_switch(const Desired& desired, Forwarding forwarding,
                             const Endpoint& endpoint);
[[nodiscard]] bool on_switch(const Desired& desired, Forwarding forwarding, const Link& link);
// Where frames of one that has none go; nullopt: nowhere, it is not linked.
[[nodiscard]] std::optional<Endpoint> forwarded_to(const Desired& desired,
                                                   const Endpoint& endpoint);

}  // namespace linkfab::fabric
