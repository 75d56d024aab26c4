// Where `linkfab connect`, `disconnect` and `move` plug cables in.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/change_record.hpp"
#include "fabric/needed_by.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/transaction.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/find.hpp"

namespace linkfab::cli {

// A place for a plug: its Interface row, where there is one already.
struct Socket {
  fabric::Endpoint endpoint;
  ovsdb::Uuid node;
  std::string host;  // of the node; empty: no hosts share the lab
  std::optional<ovsdb::Uuid> interface;
  std::optional<FoundLink> attached;
  bool new_node = false;                   // the host node of a gateway, to be made
  std::optional<fabric::Gateway> gateway;  // what the interface is to be
};
boost::asio::awaitable<Result<Socket>> find_socket(Client& client, fabric::Endpoint endpoint);
// Errc::exists says what is attached to it.
[[nodiscard]] Result<void> check_free(const Socket& socket);

// Its Interface row, made where there is none. What is plugged in there is needed by `hosts`
// (fabric/needed_by.hpp), and so is the socket from now on.
[[nodiscard]] ovsdb::Uuid interface_row(ovsdb::Transaction& change, const Socket& socket,
                                        const fabric::HostNames& hosts);
// Adds the interface that is made of it, where one is.
void touch(fabric::Touched& touched, const Socket& socket);

// A change that fails with Errc::conflict where anybody has changed anything since: to be made
// before sockets are looked for.
[[nodiscard]] ovsdb::Transaction guarded(const Client& client);

// What frames toward the end undergo; what cannot be read is nothing.
[[nodiscard]] netem::Impairment impairment_of(const FoundEnd& end);
[[nodiscard]] fabric::Link link_of(const FoundLink& link);

}  // namespace linkfab::cli
