// What the Linkfab database still says of the time before the machine's last start.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::fabric {

// Where the row of that host was written by an agent of an earlier start of the machine, empties
// the status columns of its nodes, interfaces, links and segments, so that clients find them
// pending until its agent has looked. `shared`: the database has other hosts' rows as well, which
// stay. Does nothing where the agent alone was restarted, since what it saw is there still.
boost::asio::awaitable<Result<void>> forget_earlier_boot(ovsdb::Session& session, std::string host,
                                                         bool shared);

}  // namespace linkfab::fabric
