// A packet socket on a device: what the device receives and what the host sends out of it, tagged
// and complete as on a wire.
//
// Promiscuous while it is open; the device is not set up by it. It does not hear what it sends
// itself. VLAN tags that hardware took off are put back, checksums the host left to hardware are
// finished, what it left to hardware to be cut into segments is cut (ubridge/carrier/offload.hpp).
// A filter works on frames in that shape, so that it sees the tags: here, not in the kernel.
#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "ubridge/carrier/port.hpp"

namespace linkfab::ubridge {

[[nodiscard]] Result<std::unique_ptr<Port>> open_packet(const std::string& device);

}  // namespace linkfab::ubridge
