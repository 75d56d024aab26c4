// Tells the relay which ports to carry, and waits for its answer.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "gateway/relay_port.hpp"

namespace linkfab::gateway {

// The errors by outer end; the others are open when it returns. Errc::unreachable where no relay
// listens or it went away, Errc::timeout, Errc::denied where it does not listen to this user.
[[nodiscard]] Result<RelayErrors> ask_relay(const std::string& socket_path,
                                            const std::vector<RelayPort>& ports,
                                            std::chrono::milliseconds limit = std::chrono::seconds{
                                                5});

}  // namespace linkfab::gateway
