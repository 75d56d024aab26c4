// Segmentation offload of a device (ethtool netlink, linux/ethtool_netlink.h).
#pragma once

#include <string>

#include "core/result.hpp"
#include "netem/socket.hpp"

namespace linkfab::netem {

// Switches the offloads by which TCP, UDP and SCTP hand down frames larger than the MTU. `generic`
// is a socket of the device's own namespace. Idempotent. Errc::unsupported before Linux 5.6.
[[nodiscard]] Result<void> set_segmentation_offload(Socket& generic, const std::string& device,
                                                    bool on);
// Also checksum offload: for the node's end of a port on a userspace datapath, which does not
// finish them.
[[nodiscard]] Result<void> set_checksum_offload(Socket& generic, const std::string& device,
                                                bool on);
[[nodiscard]] Result<bool> segmentation_offload(Socket& generic,
                                                const std::string& device);  // any of them on

}  // namespace linkfab::netem
