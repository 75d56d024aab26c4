#include "tools/cli/find.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "fabric/rows.hpp"
#include "tools/cli/link_rows.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::LinkTerm;
using ovsdb::get;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;
using ovsdb::Where;

Where includes(std::string column, const Uuid& row) {
  Where where;
  where.push_back(
      {.column = std::move(column), .function = "includes", .value = ovsdb::Datum(row)});
  return where;
}

void select_attached(Transaction& read, const Uuid& interface) {
  read.select("Link", ovsdb::by_column("a", interface), link_columns());
  read.select("Link", ovsdb::by_column("b", interface), link_columns());
  read.select("Segment", includes("interfaces", interface), segment_columns());
}

// The answers to select_attached() for some interfaces, each link once.
std::vector<FoundLink> attached(const std::vector<std::vector<Row>>& rows) {
  std::vector<FoundLink> links;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const auto& row : rows[i])
      if (std::ranges::find(links, row_id(row), &FoundLink::row) == links.end())
        links.push_back(from_row(row, i % 3 == 2));
  return links;
}

std::vector<Uuid> interfaces_of(const FoundNode& node, const LinkTerm::End& end) {
  std::vector<Uuid> interfaces;
  for (const auto& [name, row] : node.interfaces)
    if (!end.interface || *end.interface == name) interfaces.push_back(row);
  return interfaces;
}

bool joins(const FoundLink& link, const std::vector<Uuid>& interfaces) {
  return std::ranges::any_of(link.ends, [&](const FoundEnd& end) {
    return std::ranges::find(interfaces, end.interface) != interfaces.end();
  });
}

awaitable<Result<std::vector<FoundLink>>> find_between(Client& client, LinkTerm term) {
  std::vector<std::string> names;
  for (const auto& end : term.ends) names.push_back(end.node);
  const auto nodes = co_await find_nodes(client, std::move(names));
  if (!nodes) co_return std::unexpected(nodes.error());
  Transaction read{fabric::database};
  const auto from = interfaces_of(nodes->front(), term.ends.front());
  for (const auto& interface : from) select_attached(read, interface);
  if (read.empty()) co_return std::vector<FoundLink>{};
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  auto links = attached(*rows);
  if (term.ends.size() == 2) {
    const auto to = interfaces_of(nodes->back(), term.ends.back());
    std::erase_if(links, [&](const FoundLink& link) { return link.segment || !joins(link, to); });
  }
  co_return links;
}

awaitable<Error> not_found(Client& client, LinkTerm term) {
  Transaction read{fabric::database};
  read.select("Link", {}, {"name"});
  read.select("Segment", {}, {"name"});
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return rows.error();
  std::vector<std::string> names;
  for (const auto& table : *rows)
    for (const auto& row : table) names.push_back(get(row, "name").string());
  co_return no_such_link(term, std::move(names));
}

Error ambiguous(const LinkTerm& term, const std::vector<FoundLink>& links) {
  std::vector<std::string> names;
  for (const auto& link : links) names.push_back(link.name);
  return ambiguous_link(term, names);
}

}  // namespace

std::string FoundEnd::name() const {
  return endpoint ? format(*endpoint) : "(gone)";
}

awaitable<Result<FoundLink>> complete(Client& client, FoundLink link) {
  Transaction read{fabric::database};
  for (const auto& end : link.ends) {
    read.select("Interface", ovsdb::by_uuid(end.interface), {"name", "host"});
    read.select("Node", includes("interfaces", end.interface), {"name"});
    read.select("Impairment", ovsdb::by_uuid(end.direction.impairment.value_or(Uuid{})), {});
  }
  if (read.empty()) co_return link;
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  for (std::size_t i = 0; i < link.ends.size(); ++i) {
    const auto& interface = rows->at(3 * i);
    const auto& node = rows->at(3 * i + 1);
    const auto& impairment = rows->at(3 * i + 2);
    if (!interface.empty() && !node.empty()) {
      link.ends[i].endpoint = {get(node[0], "name").string(), get(interface[0], "name").string()};
      link.ends[i].host = get(interface[0], "host").string();
    }
    if (!impairment.empty()) link.ends[i].impairment = impairment[0];
  }
  co_return link;
}

awaitable<Result<FoundLink>> find_link(Client& client, std::string text) {
  const auto term = fabric::parse_link_term(text);
  Transaction read{fabric::database};
  for (const auto& name : term.names) {
    read.select("Link", ovsdb::by_column("name", name), link_columns());
    read.select("Segment", ovsdb::by_column("name", name), segment_columns());
  }
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i)
    if (!rows->at(i).empty())
      co_return co_await complete(client, from_row(rows->at(i)[0], i % 2 == 1));
  if (!term.ends.empty()) {
    auto links = co_await find_between(client, term);
    if (!links && links.error().code != Errc::not_found) co_return std::unexpected(links.error());
    if (links && links->size() == 1) co_return co_await complete(client, std::move(links->front()));
    if (links && links->size() > 1) co_return std::unexpected(ambiguous(term, *links));
  }
  auto error = co_await not_found(client, term);
  co_return std::unexpected(std::move(error));
}

awaitable<Result<std::optional<FoundLink>>> find_attached(Client& client, Uuid interface) {
  Transaction read{fabric::database};
  select_attached(read, interface);
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  auto links = attached(*rows);
  if (links.empty()) co_return std::optional<FoundLink>{};
  auto whole = co_await complete(client, std::move(links.front()));
  if (!whole) co_return std::unexpected(whole.error());
  co_return std::optional(std::move(*whole));
}

Result<std::size_t> find_end(const std::string& object,
                             const std::vector<std::optional<fabric::Endpoint>>& ends,
                             const std::string& option, const std::string& text) {
  std::vector<std::size_t> found;
  std::string names;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto& end = ends[i];
    const auto name = end ? format(*end) : FoundEnd{}.name();
    if (end && (text == end->node || text == name)) found.push_back(i);
    names += (i == 0 ? "" : ", ") + name;
  }
  if (found.size() == 1) return found.front();
  return failure(Errc::invalid, fmt::format("read --{} {}", option, text),
                 fmt::format("{} end of {} is called that; its ends are {}",
                             found.empty() ? "no" : "more than one", object, names));
}

std::optional<Uuid> FoundNode::interface(const std::string& interface_name) const {
  const auto found =
      std::ranges::find(interfaces, interface_name, &std::pair<std::string, Uuid>::first);
  return found == interfaces.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace linkfab::cli
