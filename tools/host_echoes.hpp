// The round trips that the agent measures to other hosts: ICMP echoes, which their kernels answer,
// so that no other host's programs take part in it and nothing more listens there.
#pragma once

#include "fabric/echoes.hpp"

namespace linkfab {

// Needs CAP_NET_RAW. Errc::invalid where the address is none.
[[nodiscard]] Result<std::unique_ptr<fabric::Echoes>> open_host_echoes(const std::string& address);

}  // namespace linkfab
