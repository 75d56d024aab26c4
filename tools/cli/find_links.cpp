#include <algorithm>
#include <fnmatch.h>
#include <map>
#include <set>

#include <fmt/format.h>

#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/link_rows.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using ovsdb::get;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

constexpr std::size_t few = 16;  // one by one

using Tables = std::map<std::string, std::vector<std::string>>;

Tables tables_of_ends() {
  return {{"Interface", {"name", "host"}}, {"Node", {"name", "interfaces"}}, {"Impairment", {}}};
}

void find_impairments(std::vector<FoundLink>& links, const ovsdb::Rows& rows) {
  for (auto& link : links)
    for (auto& end : link.ends)
      if (end.direction.impairment)
        end.impairment = fabric::copy_of(rows, *end.direction.impairment);
}

void find_endpoints(std::vector<FoundLink>& links, ovsdb::Snapshot& tables) {
  const auto& interfaces = tables["Interface"];
  std::map<Uuid, fabric::Endpoint> endpoints;
  for (const auto& [uuid, row] : tables["Node"])
    for (const auto& interface : get(row, "interfaces").uuids())
      if (const auto* found = fabric::lookup(interfaces, interface))
        endpoints[interface] = {get(row, "name").string(), get(*found, "name").string()};
  for (auto& link : links)
    for (auto& end : link.ends) {
      end.endpoint = fabric::copy_of(endpoints, end.interface);
      if (const auto* found = fabric::lookup(interfaces, end.interface))
        end.host = get(*found, "host").string();
    }
}

}  // namespace

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

awaitable<Result<std::vector<FoundLink>>> find_links(Client& client,
                                                     std::vector<std::string> texts) {
  std::vector<FoundLink> all;
  if (std::ranges::any_of(texts, is_pattern)) {
    Transaction read{fabric::database};
    read.select("Link", {}, link_columns());
    read.select("Segment", {}, segment_columns());
    const auto tables = co_await client.select(std::move(read));
    if (!tables) co_return std::unexpected(tables.error());
    for (std::size_t i = 0; i < tables->size(); ++i)
      for (const auto& row : tables->at(i)) all.push_back(from_row(row, i == 1));
    std::ranges::sort(all, {}, &FoundLink::name);
  }
  std::vector<FoundLink> found;
  std::set<Uuid> known;
  for (const auto& text : texts) {
    if (!is_pattern(text)) {
      auto link = co_await find_link(client, text);
      if (!link) co_return std::unexpected(link.error());
      if (known.insert(link->row).second) found.push_back(std::move(*link));
      continue;
    }
    bool any = false;
    for (const auto& link : all) {
      if (::fnmatch(text.c_str(), link.name.c_str(), 0) != 0) continue;
      any = true;
      if (known.insert(link.row).second) found.push_back(link);
    }
    if (!any)
      co_return failure(Errc::not_found, fmt::format("find links '{}'", text),
                        fmt::format("none of {} links and segments has such a name; `linkfab "
                                    "links` lists them",
                                    all.size()));
  }
  co_return found;
}

awaitable<Result<std::vector<FoundLink>>> complete(Client& client, std::vector<FoundLink> links) {
  if (links.size() > few) {
    auto tables = co_await client.snapshot(tables_of_ends());
    if (!tables) co_return std::unexpected(tables.error());
    find_endpoints(links, *tables);
    find_impairments(links, (*tables)["Impairment"]);
    co_return links;
  }
  for (auto& link : links) {
    if (std::ranges::all_of(link.ends, [](const FoundEnd& end) { return bool{end.endpoint}; }))
      continue;
    auto whole = co_await complete(client, std::move(link));
    if (!whole) co_return std::unexpected(whole.error());
    link = std::move(*whole);
  }
  co_return links;
}

awaitable<Result<std::vector<FoundLink>>> complete_impairments(Client& client,
                                                               std::vector<FoundLink> links) {
  if (links.size() <= few) co_return co_await complete(client, std::move(links));
  Tables wanted;
  wanted["Impairment"];
  auto tables = co_await client.snapshot(std::move(wanted));
  if (!tables) co_return std::unexpected(tables.error());
  find_impairments(links, (*tables)["Impairment"]);
  co_return links;
}

}  // namespace linkfab::cli
