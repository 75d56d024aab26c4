#include "tools/cli/socket.hpp"

#include <fmt/format.h>

#include "fabric/host_columns.hpp"
#include "fabric/rows.hpp"

namespace linkfab::cli {

using boost::asio::awaitable;
using fabric::Endpoint;
using ovsdb::Datum;
using ovsdb::Transaction;
using ovsdb::Uuid;

awaitable<Result<Socket>> find_socket(Client& client, Endpoint endpoint) {
  std::vector<std::string> names{endpoint.node};
  const auto nodes = co_await find_nodes(client, std::move(names));
  if (!nodes) co_return std::unexpected(nodes.error());
  Socket socket{.endpoint = endpoint,
                .node = nodes->front().row,
                .host = ovsdb::get(nodes->front().columns, "host").string(),
                .interface = {},
                .attached = {}};
  socket.interface = nodes->front().interface(endpoint.interface);
  if (!socket.interface) co_return socket;
  auto attached = co_await find_attached(client, *socket.interface);
  if (!attached) co_return std::unexpected(attached.error());
  socket.attached = std::move(*attached);
  co_return socket;
}

Result<void> check_free(const Socket& socket) {
  if (!socket.attached) return {};
  const auto& link = *socket.attached;
  const auto end = format(socket.endpoint);
  return failure(
      Errc::exists, "plug a cable into " + end,
      fmt::format("it is attached to {}; `linkfab disconnect {}` or `linkfab move {} TO` first",
                  link.object(), link.segment ? end : link.name, end));
}

namespace {

fabric::Node new_node(const Socket& socket) {
  fabric::Node node{.kind = fabric::NodeKind::host};
  if (!socket.host.empty()) node.place = {{"host", socket.host}};
  return node;
}

}  // namespace

Uuid interface_row(Transaction& change, const Socket& socket, const fabric::HostNames& hosts) {
  auto others = hosts;
  others.erase(socket.host);
  if (!socket.new_node) fabric::widen(change, {{"Node", socket.node}}, others);
  if (socket.interface) {
    fabric::widen(change, {{"Interface", *socket.interface}}, others);
    return *socket.interface;
  }
  auto interface =
      fabric::interface_columns(socket.endpoint.interface, {.gateway = socket.gateway});
  fabric::put_host(interface, socket.host);
  others.merge(fabric::host_names({socket.host}));
  fabric::put_needed_by(interface, others);
  const auto row = change.insert("Interface", interface);
  if (socket.new_node) {
    auto columns = fabric::node_columns(socket.endpoint.node, new_node(socket));
    fabric::put_host(columns, socket.host);
    fabric::put_needed_by(columns, others);
    columns.emplace_back("interfaces", row);
    change.insert("Node", columns);
    return row;
  }
  change.mutate("Node", ovsdb::by_uuid(socket.node), "interfaces", "insert", Datum(row));
  return row;
}

void touch(fabric::Touched& touched, const Socket& socket) {
  if (socket.interface) return;
  const auto& [node, interface] = socket.endpoint;
  auto& after = touched.after.nodes[node];
  if (socket.new_node)
    after = new_node(socket);
  else
    touched.before.nodes[node];
  after.interfaces[interface].gateway = socket.gateway;
}

Transaction guarded(const Client& client) {
  Transaction change{fabric::database};
  for (const auto& [uuid, row] : client.replica().rows("Fabric"))
    change.require("Fabric", {}, {{"next_cfg", ovsdb::get(row, "next_cfg")}});
  return change;
}

netem::Impairment impairment_of(const FoundEnd& end) {
  if (!end.impairment) return {};
  return fabric::decode_impairment(*end.impairment).value_or(netem::Impairment{});
}

fabric::Link link_of(const FoundLink& link) {
  return {.a = link.ends[0].endpoint.value_or(Endpoint{}),
          .b = link.ends[1].endpoint.value_or(Endpoint{}),
          .a_to_b = impairment_of(link.ends[1]),
          .b_to_a = impairment_of(link.ends[0]),
          .up = link.wanted == "up",
          .subtract_underlay = link.subtract_underlay};
}

}  // namespace linkfab::cli
