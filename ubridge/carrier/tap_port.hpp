// TAP devices, and macvtap's where the name begins with "/".
//
// A device that is not there is made, down, with an address at random, and is gone with the port,
// into whichever network namespace it was moved; one that is there is taken over and stays. A name
// is cut to 15 characters. The kernel finishes checksums and segments before we read.
#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "ubridge/carrier/port.hpp"

namespace linkfab::ubridge {

[[nodiscard]] Result<std::unique_ptr<Port>> open_tap(const std::string& device);

}  // namespace linkfab::ubridge
