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

// As complete() of one, of many at a time: from whole tables.
awaitable<Result<std::vector<FoundLink>>> complete_all(Client& client,
                                                       std::vector<FoundLink> links) {
  Transaction read{fabric::database};
  read.select("Interface", {}, {"_uuid", "name"});
  read.select("Node", {}, {"name", "interfaces"});
  read.select("Impairment", {}, {});
  const auto tables = co_await client.select(std::move(read));
  if (!tables) co_return std::unexpected(tables.error());
  std::map<Uuid, std::string> names;
  std::map<Uuid, fabric::Endpoint> endpoints;
  std::map<Uuid, const Row*> impairments;
  for (const auto& row : tables->at(0)) names[row_id(row)] = get(row, "name").string();
  for (const auto& row : tables->at(1))
    for (const auto& interface : get(row, "interfaces").uuids())
      endpoints[interface] = {get(row, "name").string(), names[interface]};
  for (const auto& row : tables->at(2)) impairments[row_id(row)] = &row;
  for (auto& link : links) {
    for (auto& end : link.ends) {
      end.endpoint = fabric::copy_of(endpoints, end.interface);
      if (end.direction.impairment)
        if (const auto* row = fabric::lookup(impairments, *end.direction.impairment))
          end.impairment = **row;
    }
  }
  co_return links;
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
  constexpr std::size_t few = 16;
  if (links.size() > few) co_return co_await complete_all(client, std::move(links));
  for (auto& link : links) {
    if (std::ranges::all_of(link.ends, [](const FoundEnd& end) { return bool{end.endpoint}; }))
      continue;
    auto whole = co_await complete(client, std::move(link));
    if (!whole) co_return std::unexpected(whole.error());
    link = std::move(*whole);
  }
  co_return links;
}

}  // namespace linkfab::cli
