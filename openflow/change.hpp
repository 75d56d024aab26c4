// Changes of a switch's tables, with their errors brought home to the modification refused.
#pragma once

#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/backoff.hpp"
#include "core/result.hpp"
#include "openflow/connection.hpp"
#include "openflow/flow.hpp"

namespace linkfab::openflow {

// Session::commit() and Session::apply(). The modifications must outlive the call.
boost::asio::awaitable<Result<void>> commit(std::shared_ptr<Connection> connection,
                                            const std::vector<Modification>& modifications);
boost::asio::awaitable<Result<void>> apply(std::shared_ptr<Connection> connection,
                                           const std::vector<Modification>& modifications);

}  // namespace linkfab::openflow
