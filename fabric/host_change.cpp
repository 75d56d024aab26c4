#include "fabric/host_change.hpp"

#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/change_parts.hpp"
#include "fabric/column_values.hpp"
#include "fabric/edit.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"
#include "fabric/running_lab.hpp"

namespace linkfab::fabric {

using namespace change_parts;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Transaction;

namespace {

constexpr std::size_t most_named = 8;

// What the log keeps of a host.
Json::Value wish_json(const Host& host) {
  Json::Value json(Json::objectValue);
  json["address"] = host.address;
  json["labels"] = Json::Value(Json::objectValue);
  for (const auto& [label, value] : host.labels)
    if (label != "host") json["labels"][label] = value;
  json["wanted"] = format(host.wanted);
  return json;
}

ovsdb::Columns wish_columns(const Host& host) {
  auto labels = host.labels;
  labels.erase("host");
  return {{"address", host.address},
          {"labels", string_map(labels)},
          {"wanted", host.wanted == Host::Wanted::member ? ovsdb::Datum()
                                                         : ovsdb::Datum(format(host.wanted))}};
}

Result<Host> find_host(const Replica& replica, const std::string& name) {
  const auto all = hosts(replica);
  const auto found = all.find(name);
  if (found != all.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [each, host] : all) names.push_back(each);
  return failure(Errc::not_found, fmt::format("find host '{}'", name),
                 names.empty() ? "there is none"
                               : fmt::format("there is none of that name; the hosts are {}",
                                             fmt::join(names, ", ")));
}

std::vector<std::string> nodes_on(const Replica& replica, const std::string& host) {
  std::set<std::string> nodes;
  for (const auto& [uuid, row] : replica.rows("Node"))
    if (get(row, "host").string() == host) nodes.insert(get(row, "name").string());
  return {nodes.begin(), nodes.end()};
}

std::string names_text(std::vector<std::string> names) {
  const auto more = names.size() > most_named ? names.size() - most_named : 0;
  names.resize(names.size() - more);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

// Where the lab's nodes are without this host. What a process made is no part of the lab.
Result<Placement> place_without(const Replica& replica, const Hosts& all, const std::string& name) {
  auto lab = running_lab(replica).topology;
  for (const auto& [uuid, row] : replica.rows("Node"))
    if (is_owned(row)) lab.nodes.erase(get(row, "name").string());
  return place(lab, all, present_placement(replica), name);
}

// The nodes that move, with where to.
Json::Value moves_json(const Replica& replica, const Placement& placement) {
  Json::Value json(Json::objectValue);
  const auto present = present_placement(replica);
  for (const auto& [node, host] : placement)
    if (copy_of(present, node) != host) json[node] = host;
  return json;
}

// Moves all nodes away, too. `after` is what the log says the host becomes.
Result<void> empty_host(Transaction& change, const Replica& replica, const std::string& name,
                        Host::Wanted wanted, Json::Value& moves) {
  auto all = hosts(replica);
  const auto placed = place_without(replica, all, name);
  if (!placed) return std::unexpected(placed.error());
  all.at(name).wanted = wanted;
  move_nodes(change, replica, *placed, all);
  moves = moves_json(replica, *placed);
  return {};
}

void close_host(Transaction& change, const Replica& replica, const Author& author, const char* verb,
                const std::string& name, Json::Value before, Json::Value after) {
  Touched touched;
  touched.hosts[name] = {std::move(before), std::move(after)};
  close(change, replica, author, {.verb = verb, .about = name}, touched);
}

Json::Value with_moves(Json::Value json, const Json::Value& moves) {
  if (!moves.empty()) json["nodes"] = moves;
  return json;
}

}  // namespace

Result<Transaction> add_host(const Replica& replica, const std::string& name, const HostWish& wish,
                             const Author& author) {
  if (auto good = check_node_name(name); !good)
    return failure(Errc::invalid, "add host " + name, good.error().cause);
  const auto all = hosts(replica);
  const auto* there = lookup(all, name);
  Host host = there == nullptr ? Host{.name = name} : *there;
  if (wish.address) host.address = *wish.address;
  for (const auto& [label, value] : wish.labels) {
    if (label.empty() || label == "host")
      return failure(Errc::invalid, "add host " + name,
                     label.empty() ? "a label has a name" : "its label host is its name");
    if (value.empty())
      host.labels.erase(label);
    else
      host.labels[label] = value;
  }
  host.wanted = Host::Wanted::member;
  auto change = guarded(replica);
  if (there == nullptr) {
    auto columns = wish_columns(host);
    columns.emplace_back("name", name);
    change.insert("Host", columns);
  } else {
    const auto row = find_row(replica, "Host", "host", name);
    if (!row) return std::unexpected(row.error());
    const auto columns = changed_columns(*row->second, wish_columns(host));
    if (columns.empty()) return Transaction{database};
    change.update("Host", ovsdb::by_uuid(row->first), columns);
  }
  close_host(change, replica, author, "host add", name,
             there == nullptr ? Json::Value() : wish_json(*there), wish_json(host));
  return change;
}

Result<Transaction> drain_host(const Replica& replica, const std::string& name,
                               const Author& author) {
  const auto host = find_host(replica, name);
  if (!host) return std::unexpected(host.error());
  const auto attempt = "drain host " + name;
  if (host->wanted == Host::Wanted::removed)
    return failure(Errc::refused, attempt, "it is being removed");
  if (!is_shared(replica)) return failure(Errc::refused, attempt, "no hosts share this lab");
  auto change = guarded(replica);
  const auto guards = change.size();
  Json::Value moves;
  const auto emptied = empty_host(change, replica, name, Host::Wanted::draining, moves);
  if (!emptied) return failure(Errc::refused, attempt, format(emptied.error()));
  auto wanted = *host;
  wanted.wanted = Host::Wanted::draining;
  if (host->wanted != wanted.wanted)
    change.update("Host", ovsdb::by_column("name", name),
                  {{"wanted", format(Host::Wanted::draining)}});
  if (change.size() == guards) return Transaction{database};
  close_host(change, replica, author, "host drain", name, wish_json(*host),
             with_moves(wish_json(wanted), moves));
  return change;
}

Result<Transaction> remove_host(const Replica& replica, const std::string& name, bool force,
                                const Author& author) {
  const auto host = find_host(replica, name);
  if (!host) return std::unexpected(host.error());
  const auto attempt = "remove host " + name;
  if (host->answers() && !is_shared(replica))
    return failure(Errc::refused, attempt, "no hosts share this lab; `linkfab down` ends it");
  const auto nodes = nodes_on(replica, name);
  if (!nodes.empty() && !force && host->wanted == Host::Wanted::member)
    return failure(
        Errc::refused, attempt,
        fmt::format("{} {} on it; {}", names_text(nodes), nodes.size() == 1 ? "is" : "are",
                    host->answers() ? "`linkfab host drain " + name + "` first"
                                    : "it does not answer: --force places them elsewhere"));
  auto change = guarded(replica);
  Json::Value moves;
  if (!nodes.empty()) {
    const auto emptied = empty_host(change, replica, name, Host::Wanted::removed, moves);
    if (!emptied) return failure(Errc::refused, attempt, format(emptied.error()));
  }
  const auto where = ovsdb::by_column("name", name);
  auto wanted = *host;
  wanted.wanted = Host::Wanted::removed;
  const bool told = host->answers();
  if (told && host->wanted == wanted.wanted) return Transaction{database};
  if (told)
    change.update("Host", where, {{"wanted", format(Host::Wanted::removed)}});
  else
    change.erase("Host", where);
  close_host(change, replica, author, "host remove", name, wish_json(*host),
             told ? with_moves(wish_json(wanted), moves) : Json::Value());
  return change;
}

}  // namespace linkfab::fabric
