#include "fabric/needed_by.hpp"

#include "fabric/lookup.hpp"

namespace linkfab::fabric {

using ovsdb::Datum;
using ovsdb::get;

void Needs::add_node(const std::string& node, const std::string& host) {
  hosts_[node] = host;
}

void Needs::add_host_of(HostNames& hosts, const std::string& node) const {
  if (const auto* host = lookup(hosts_, node); host != nullptr && !host->empty())
    hosts.insert(*host);
}

void Needs::need(const Endpoint& endpoint, const HostNames& hosts) {
  interfaces_[endpoint].insert(hosts.begin(), hosts.end());
  nodes_[endpoint.node].insert(hosts.begin(), hosts.end());
}

void Needs::add_link(const std::string& name, const Endpoint& a, const Endpoint& b,
                     const std::string& home) {
  auto hosts = host_names({home});
  for (const auto* end : {&a, &b}) add_host_of(hosts, end->node);
  for (const auto* end : {&a, &b}) need(*end, hosts);
  links_[name] = std::move(hosts);
}

void Needs::add_segment(const std::string& name, const std::vector<Endpoint>& members,
                        const std::string& home) {
  const auto at_home = host_names({home});
  auto& hosts = segments_[name];
  hosts = at_home;
  for (const auto& member : members) {
    add_host_of(hosts, member.node);
    need(member, at_home);
  }
}

HostNames Needs::of_node(const std::string& node) const {
  auto hosts = copy_of(nodes_, node).value_or(HostNames{});
  add_host_of(hosts, node);
  return hosts;
}

HostNames Needs::of_interface(const Endpoint& endpoint) const {
  auto hosts = copy_of(interfaces_, endpoint).value_or(HostNames{});
  add_host_of(hosts, endpoint.node);
  return hosts;
}

HostNames Needs::of_link(const std::string& name) const {
  return copy_of(links_, name).value_or(HostNames{});
}

HostNames Needs::of_segment(const std::string& name) const {
  return copy_of(segments_, name).value_or(HostNames{});
}

HostNames Needs::of_member(const Endpoint& member) const {
  HostNames hosts;
  add_host_of(hosts, member.node);
  return hosts;
}

HostNames host_names(std::initializer_list<std::string> names) {
  HostNames hosts(names);
  hosts.erase("");
  return hosts;
}

Datum needed_by_value(const HostNames& hosts) {
  return Datum::set({hosts.begin(), hosts.end()});
}

void put_needed_by(ovsdb::Columns& columns, const HostNames& hosts) {
  if (!hosts.empty()) columns.emplace_back(needed_by, needed_by_value(hosts));
}

// What all need is not to become what some need.
void widen(ovsdb::Transaction& change, const std::vector<RowOf>& rows, const HostNames& hosts) {
  if (hosts.empty()) return;
  for (const auto& [table, row] : rows) {
    auto where = ovsdb::by_uuid(row);
    where.push_back({.column = needed_by, .function = "!=", .value = Datum::set({})});
    change.mutate(table, where, needed_by, "insert", needed_by_value(hosts));
  }
}

std::map<ovsdb::Uuid, Endpoint> endpoints(const ovsdb::Replica& replica) {
  std::map<ovsdb::Uuid, Endpoint> all;
  for (const auto& [uuid, row] : replica.rows("Node"))
    for (const auto& interface : get(row, "interfaces").uuids())
      if (const auto* columns = replica.find("Interface", interface))
        all[interface] = {get(row, "name").string(), get(*columns, "name").string()};
  return all;
}

}  // namespace linkfab::fabric
