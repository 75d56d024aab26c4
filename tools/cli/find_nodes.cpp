// find_nodes() of find.hpp.
#include <algorithm>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/find.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using ovsdb::get;
using ovsdb::Transaction;

awaitable<Error> no_node(Client& client, std::string name) {
  Transaction read{fabric::database};
  read.select("Node", {}, {"name"});
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return rows.error();
  std::vector<std::string> names;
  for (const auto& row : rows->front()) names.push_back(get(row, "name").string());
  const std::vector<std::string_view> known(names.begin(), names.end());
  auto hint = did_you_mean(name, known);
  if (hint.empty()) hint = "; `linkfab ps` lists the nodes";
  co_return Error{Errc::not_found, fmt::format("find node '{}'", name), "there is none" + hint};
}

// The names of the interfaces of all nodes, in one read.
awaitable<Result<void>> name_interfaces(Client& client, std::vector<FoundNode>& nodes) {
  Transaction read{fabric::database};
  for (const auto& node : nodes)
    for (const auto& [name, row] : node.interfaces)
      read.select("Interface", ovsdb::by_uuid(row), {"name"});
  if (read.empty()) co_return Result<void>{};
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  auto next = rows->begin();
  for (auto& node : nodes)
    for (auto& interface : node.interfaces) {
      if (!next->empty()) interface.first = get(next->front(), "name").string();
      ++next;
    }
  co_return Result<void>{};
}

}  // namespace

awaitable<Result<std::vector<FoundNode>>> find_nodes(Client& client,
                                                     std::vector<std::string> names) {
  Transaction read{fabric::database};
  for (const auto& name : names) read.select("Node", ovsdb::by_column("name", name), {});
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<FoundNode> nodes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (rows->at(i).empty()) {
      auto error = co_await no_node(client, names[i]);
      co_return std::unexpected(std::move(error));
    }
    FoundNode node{.columns = rows->at(i).front(), .interfaces = {}};
    node.row = get(node.columns, "_uuid").uuid().value_or(ovsdb::Uuid{});
    node.name = names[i];
    for (const auto& row : get(node.columns, "interfaces").uuids())
      node.interfaces.emplace_back("", row);
    nodes.push_back(std::move(node));
  }
  auto named = co_await name_interfaces(client, nodes);
  if (!named) co_return std::unexpected(named.error());
  co_return nodes;
}

}  // namespace linkfab::cli
