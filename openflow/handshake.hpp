// What a session begins with: the version agreed on, the features asked for, the notices chosen.
#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "core/backoff.hpp"
#include "core/result.hpp"
#include "openflow/connection.hpp"

namespace linkfab::openflow {

// Returns the datapath id. Errc::unsupported where the switch does not speak OpenFlow 1.4.
boost::asio::awaitable<Result<std::uint64_t>> shake_hands(std::shared_ptr<Connection> connection,
                                                          TimePoint deadline);

}  // namespace linkfab::openflow
