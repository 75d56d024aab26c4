// What some tables hold, read once.
#pragma once

#include <map>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::ovsdb {

using Snapshot = std::map<std::string, Rows>;  // by table

// Consistent, as a monitor's first dump: values that are the default are not sent, so that many
// rows with many columns are a small part of what a select of them would be. Servers without
// monitor_cond (ovsdb-server(7) §4.1.12) send them all. Not kept up to date.
boost::asio::awaitable<Result<Snapshot>> read_snapshot(Session& session, Monitor wanted);

}  // namespace linkfab::ovsdb
