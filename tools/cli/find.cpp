#include "tools/cli/find.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using ovsdb::get;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;
using ovsdb::Where;

const std::vector<std::string> link_columns{"_uuid",  "name",   "a",     "b",    "a_to_b",
                                            "b_to_a", "wanted", "state", "error"};
const std::vector<std::string> segment_columns{"kind",        "_uuid",  "name",  "interfaces",
                                               "impairments", "wanted", "state", "error"};

// Stands for a row that is gone, and matches none (RFC 4122 §4.1.7).
const Uuid nil;

Where includes(std::string column, const Uuid& row) {
  Where where;
  where.push_back(
      {.column = std::move(column), .function = "includes", .value = ovsdb::Datum(row)});
  return where;
}

Uuid row_id(const Row& row) {
  return get(row, "_uuid").uuid().value_or(nil);
}

FoundEnd link_end(const Row& row, const Uuid& link, const char* end, const char* toward) {
  FoundEnd found;
  found.interface = get(row, end).uuid().value_or(nil);
  found.direction = {"Link", link, toward, std::nullopt, get(row, toward).uuid()};
  return found;
}

FoundLink from_row(const Row& row, bool segment) {
  FoundLink link{.segment = segment,
                 .row = row_id(row),
                 .name = get(row, "name").string(),
                 .kind = segment ? get(row, "kind").string() : "link",
                 .wanted = get(row, "wanted").string(),
                 .state = get(row, "state").string(),
                 .error = get(row, "error").string(),
                 .ends = {}};
  if (!segment) {
    link.ends.push_back(link_end(row, link.row, "a", "b_to_a"));
    link.ends.push_back(link_end(row, link.row, "b", "a_to_b"));
    return link;
  }
  const auto& impairments = get(row, "impairments").as_map();
  for (const auto& interface : get(row, "interfaces").uuids()) {
    FoundEnd end;
    end.interface = interface;
    end.direction = {"Segment", link.row, "impairments", interface, std::nullopt};
    if (const auto toward = impairments.find(interface); toward != impairments.end())
      end.direction.impairment = ovsdb::Datum(toward->second).uuid();
    link.ends.push_back(std::move(end));
  }
  return link;
}

// Whose interfaces the ends are, and their impairments.
awaitable<Result<FoundLink>> complete(Client& client, FoundLink link) {
  Transaction read{fabric::database};
  for (const auto& end : link.ends) {
    read.select("Interface", ovsdb::by_uuid(end.interface), {"name"});
    read.select("Node", includes("interfaces", end.interface), {"name"});
    read.select("Impairment", ovsdb::by_uuid(end.direction.impairment.value_or(nil)), {});
  }
  if (read.empty()) co_return link;
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  for (std::size_t i = 0; i < link.ends.size(); ++i) {
    const auto& interface = rows->at(3 * i);
    const auto& node = rows->at(3 * i + 1);
    const auto& impairment = rows->at(3 * i + 2);
    if (!interface.empty() && !node.empty())
      link.ends[i].endpoint = {get(node[0], "name").string(), get(interface[0], "name").string()};
    if (!impairment.empty()) link.ends[i].impairment = impairment[0];
  }
  co_return link;
}

// The same of many at a time, from whole tables.
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
      const auto impairment = impairments.find(end.direction.impairment.value_or(nil));
      if (impairment != impairments.end()) end.impairment = *impairment->second;
    }
  }
  co_return links;
}

void select_attached(Transaction& read, const Uuid& interface) {
  read.select("Link", ovsdb::by_column("a", interface), link_columns);
  read.select("Link", ovsdb::by_column("b", interface), link_columns);
  read.select("Segment", includes("interfaces", interface), segment_columns);
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
  Error error{Errc::not_found, fmt::format("find link '{}'", term.text), "there is none"};
  Transaction read{fabric::database};
  read.select("Link", {}, {"name"});
  read.select("Segment", {}, {"name"});
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return rows.error();
  std::vector<std::string> names;
  for (const auto& table : *rows)
    for (const auto& row : table) names.push_back(get(row, "name").string());
  const std::vector<std::string_view> known(names.begin(), names.end());
  error.cause += did_you_mean(term.text, known);
  std::erase_if(names,
                [&](const std::string& name) { return name.find(term.text) == std::string::npos; });
  std::ranges::sort(names);
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
    error.cause += (i == 0 ? "; there are " : ", ") + names[i];
  if (names.size() > most) error.cause += fmt::format(" and {} more", names.size() - most);
  if (names.empty()) error.cause += "; `linkfab links` lists what there is";
  co_return error;
}

Error ambiguous(const LinkTerm& term, const std::vector<FoundLink>& links) {
  std::string names;
  for (const auto& link : links) names += (names.empty() ? "" : ", ") + link.name;
  return {Errc::invalid, fmt::format("find link '{}'", term.text),
          fmt::format("there are {}: {}; name one of them", links.size(), names)};
}

LinkTerm::End parse_end(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

// Without what complete() finds.
awaitable<Result<FoundLink>> find_row(Client& client, std::string text) {
  const LinkTerm term = parse_link_term(text);
  Transaction read{fabric::database};
  for (const auto& name : term.names) {
    read.select("Link", ovsdb::by_column("name", name), link_columns);
    read.select("Segment", ovsdb::by_column("name", name), segment_columns);
  }
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i)
    if (!rows->at(i).empty()) co_return from_row(rows->at(i)[0], i % 2 == 1);
  if (!term.ends.empty()) {
    auto links = co_await find_between(client, term);
    if (!links && links.error().code != Errc::not_found) co_return std::unexpected(links.error());
    if (links && links->size() == 1) co_return std::move(links->front());
    if (links && links->size() > 1) co_return std::unexpected(ambiguous(term, *links));
  }
  auto error = co_await not_found(client, term);
  co_return std::unexpected(std::move(error));
}

}  // namespace

std::string FoundEnd::name() const {
  return endpoint ? format(*endpoint) : "(gone)";
}

LinkTerm parse_link_term(std::string_view text) {
  LinkTerm term{.text = std::string(text), .names = {std::string(text)}, .ends = {}};
  const auto dashes = text.find("--");
  if (dashes == std::string_view::npos) {
    if (auto end = parse_end(text); end.interface) term.ends.push_back(std::move(end));
    return term;
  }
  const auto a = text.substr(0, dashes);
  const auto b = text.substr(dashes + 2);
  if (a.empty() || b.empty()) return term;
  term.names.push_back(fmt::format("{}--{}", b, a));
  term.ends = {parse_end(a), parse_end(b)};
  return term;
}

awaitable<Result<FoundLink>> find_link(Client& client, std::string text) {
  auto link = co_await find_row(client, std::move(text));
  if (!link) co_return std::unexpected(link.error());
  co_return co_await complete(client, std::move(*link));
}

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

awaitable<Result<std::vector<FoundLink>>> find_links(Client& client,
                                                     std::vector<std::string> texts) {
  std::vector<FoundLink> all;
  if (std::ranges::any_of(texts, is_pattern)) {
    Transaction read{fabric::database};
    read.select("Link", {}, link_columns);
    read.select("Segment", {}, segment_columns);
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
      auto link = co_await find_row(client, text);
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
    auto whole = co_await complete(client, std::move(link));
    if (!whole) co_return std::unexpected(whole.error());
    link = std::move(*whole);
  }
  co_return links;
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

std::optional<Uuid> FoundNode::interface(const std::string& interface_name) const {
  const auto found =
      std::ranges::find(interfaces, interface_name, &std::pair<std::string, Uuid>::first);
  return found == interfaces.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace linkfab::cli
