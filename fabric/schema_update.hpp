// A running database server's Linkfab database brought to the schema of this program, with its rows
// (ovsdb-server(7), "convert"): a lab goes on when linkfab is updated under it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"

namespace linkfab::fabric {

// Converts where the database has an earlier version than `schema`, and else does nothing; one of a
// later version is an error, Errc::unsupported. What a column holds that `schema` has not is lost.
// Who follows the database is disconnected by a conversion. Waits for the server, `limit` at most:
// one of a cluster also for its having joined and for a majority.
[[nodiscard]] boost::asio::awaitable<Result<void>> update_schema(
    boost::asio::any_io_executor executor, std::string remote, std::string_view schema,
    std::chrono::milliseconds limit = std::chrono::seconds{10});

}  // namespace linkfab::fabric
