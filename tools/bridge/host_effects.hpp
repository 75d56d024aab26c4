// All effects of ubridge: the carrier's, and those on devices of the host by netlink.
#pragma once

#include <memory>
#include <string>

#include "ubridge/carrier/carrier.hpp"
#include "ubridge/program.hpp"

namespace linkfab::tools {

// Throws where there is no netlink.
[[nodiscard]] std::unique_ptr<ubridge::Effects> make_effects(boost::asio::any_io_executor executor,
                                                             const ubridge::Options& options,
                                                             const ubridge::Log& log);

}  // namespace linkfab::tools
