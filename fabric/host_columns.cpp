#include "fabric/host_columns.hpp"

#include <algorithm>
#include <map>

#include "fabric/edit.hpp"
#include "fabric/lookup.hpp"

namespace linkfab::fabric {

using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

namespace {

void set_host(Transaction& change, const std::string& table, const Uuid& uuid, const Row& row,
              const std::string& host) {
  const auto columns = changed_columns(row, {{"host", host}});
  if (!columns.empty()) change.update(table, ovsdb::by_uuid(uuid), columns);
}

}  // namespace

bool is_shared(const Replica& replica) {
  return std::ranges::any_of(hosts(replica), [](const auto& host) {
    const auto* shared = lookup(host.second.capabilities, "shared");
    return shared != nullptr && *shared == "true";
  });
}

Placement present_placement(const Replica& replica) {
  Placement present;
  for (const auto& [uuid, row] : replica.rows("Node"))
    if (auto host = get(row, "host").string(); !host.empty())
      present.emplace(get(row, "name").string(), std::move(host));
  return present;
}

std::string host_of_node(const Replica& replica, const std::string& node) {
  for (const auto& [uuid, row] : replica.rows("Node"))
    if (get(row, "name").string() == node) return get(row, "host").string();
  return {};
}

void put_host(ovsdb::Columns& columns, const std::string& host) {
  if (!host.empty()) columns.emplace_back("host", host);
}

std::string segment_host(const std::string& former, const std::vector<std::string>& members,
                         const Hosts& hosts) {
  if (std::ranges::find(members, former) != members.end()) return former;
  if (!members.empty()) return members.front();
  const auto is_member = [](const auto& host) {
    return host.second.wanted == Host::Wanted::member;
  };
  const auto there = hosts.find(former);
  if (there != hosts.end() && is_member(*there)) return former;
  const auto first = std::ranges::find_if(hosts, is_member);
  return first == hosts.end() ? former : first->first;
}

void move_nodes(Transaction& change, const Replica& replica, const Placement& placement,
                const Hosts& hosts) {
  std::map<Uuid, std::string> places;  // by Interface row
  for (const auto& [uuid, row] : replica.rows("Node")) {
    const auto host =
        copy_of(placement, get(row, "name").string()).value_or(get(row, "host").string());
    set_host(change, "Node", uuid, row, host);
    for (const auto& interface : get(row, "interfaces").uuids()) {
      places[interface] = host;
      if (const auto* columns = replica.find("Interface", interface))
        set_host(change, "Interface", interface, *columns, host);
    }
  }
  const auto place_of = [&](const std::optional<Uuid>& interface) {
    return interface ? lookup(places, *interface) : nullptr;
  };
  for (const auto& [uuid, row] : replica.rows("Link"))
    for (const char* end : {"a", "b"})
      if (const auto* host = place_of(get(row, end).uuid())) {
        set_host(change, "Link", uuid, row, *host);
        break;
      }
  for (const auto& [uuid, row] : replica.rows("Segment")) {
    std::vector<std::string> members;
    for (const auto& interface : get(row, "interfaces").uuids())
      if (const auto* host = place_of(interface)) members.push_back(*host);
    set_host(change, "Segment", uuid, row, segment_host(get(row, "host").string(), members, hosts));
  }
}

}  // namespace linkfab::fabric
