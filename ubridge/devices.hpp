// The network devices that libpcap sees, as `ubridge -e` lists them.
#pragma once

#include <string>

#include "core/result.hpp"

namespace linkfab::ubridge {

[[nodiscard]] Result<std::string> list_devices();

}  // namespace linkfab::ubridge
