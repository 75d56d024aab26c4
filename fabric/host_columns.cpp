#include "fabric/host_columns.hpp"

#include <algorithm>
#include <map>

#include "fabric/edit.hpp"
#include "fabric/lookup.hpp"
#include "fabric/needed_by.hpp"

namespace linkfab::fabric {

using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

namespace {

// All rows of a lab with its nodes on other hosts.
class Move {
 public:
  Move(Transaction& change, const Replica& replica)
      : change_(change), replica_(replica), endpoints_(endpoints(replica)) {}

  void to(const Placement& placement, const Hosts& hosts) {
    for (const auto& [uuid, row] : replica_.rows("Node")) {
      const auto name = get(row, "name").string();
      const auto host = copy_of(placement, name).value_or(get(row, "host").string());
      nodes_[name] = host;
      needs_.add_node(name, host);
    }
    for (const auto& [uuid, row] : replica_.rows("Link")) place_link(uuid, row);
    for (const auto& [uuid, row] : replica_.rows("Segment")) place_segment(uuid, row, hosts);
    write();
  }

 private:
  [[nodiscard]] Endpoint end(const std::optional<Uuid>& interface) const {
    return interface ? copy_of(endpoints_, *interface).value_or(Endpoint{}) : Endpoint{};
  }

  void place_link(const Uuid& uuid, const Row& row) {
    const auto a = end(get(row, "a").uuid());
    const auto b = end(get(row, "b").uuid());
    auto& home = homes_[uuid];
    home = get(row, "host").string();
    for (const auto* place : {&b, &a})
      if (const auto* host = lookup(nodes_, place->node)) home = *host;
    const auto name = get(row, "name").string();
    needs_.add_link(name, a, b, home);
    for (const char* direction : {"a_to_b", "b_to_a"})
      if (const auto impairment = get(row, direction).uuid())
        need(*impairment, needs_.of_link(name));
  }

  void place_segment(const Uuid& uuid, const Row& row, const Hosts& hosts) {
    std::vector<Endpoint> members;
    std::vector<std::string> places;
    for (const auto& interface : get(row, "interfaces").uuids()) {
      members.push_back(end(interface));
      if (const auto* host = lookup(nodes_, members.back().node)) places.push_back(*host);
    }
    auto& home = homes_[uuid];
    home = segment_host(get(row, "host").string(), places, hosts);
    needs_.add_segment(get(row, "name").string(), members, home);
    for (const auto& [member, impairment] : get(row, "impairments").as_map())
      if (const auto toward = ovsdb::Datum(impairment).uuid())
        need(*toward, needs_.of_member(end(ovsdb::Datum(member).uuid())));
  }

  void need(const Uuid& impairment, const HostNames& hosts) {
    impairments_[impairment].insert(hosts.begin(), hosts.end());
  }

  void write() {
    for (const auto& [uuid, row] : replica_.rows("Node")) {
      const auto name = get(row, "name").string();
      set("Node", uuid, row, nodes_.at(name), needs_.of_node(name));
    }
    for (const auto& [uuid, endpoint] : endpoints_)
      set("Interface", uuid, *replica_.find("Interface", uuid), nodes_.at(endpoint.node),
          needs_.of_interface(endpoint));
    for (const auto& [uuid, row] : replica_.rows("Link"))
      set("Link", uuid, row, homes_.at(uuid), needs_.of_link(get(row, "name").string()));
    for (const auto& [uuid, row] : replica_.rows("Segment"))
      set("Segment", uuid, row, homes_.at(uuid), needs_.of_segment(get(row, "name").string()));
    for (const auto& [uuid, hosts] : impairments_)
      if (const auto* row = replica_.find("Impairment", uuid))
        update("Impairment", uuid, *row, {{needed_by, needed_by_value(hosts)}});
  }

  void set(const char* table, const Uuid& uuid, const Row& row, const std::string& host,
           const HostNames& hosts) {
    update(table, uuid, row, {{"host", host}, {needed_by, needed_by_value(hosts)}});
  }
  void update(const char* table, const Uuid& uuid, const Row& row, const ovsdb::Columns& wanted) {
    const auto columns = changed_columns(row, wanted);
    if (!columns.empty()) change_.update(table, ovsdb::by_uuid(uuid), columns);
  }

  Transaction& change_;
  const Replica& replica_;
  std::map<Uuid, Endpoint> endpoints_;
  Placement nodes_;                    // all of them
  std::map<Uuid, std::string> homes_;  // of links and segments
  std::map<Uuid, HostNames> impairments_;
  Needs needs_;
};

}  // namespace

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
  Move(change, replica).to(placement, hosts);
}

}  // namespace linkfab::fabric
