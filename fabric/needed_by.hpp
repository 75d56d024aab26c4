// Which hosts' agents need a row of a lab that several hosts share: the column `needed_by` of
// nodes, interfaces, links, segments and impairments. An agent follows those rows and no others
// (fabric/rows.hpp, columns_of_host()).
//
// A host needs its own nodes with their interfaces; the links with an end on it, with both ends,
// their nodes, and what the frames undergo; the segments that have their home or a member on it,
// with these members, what frames toward them undergo, and at home with all other members.
//
// An empty column says nothing, and the row goes to all hosts. A host too many costs it an update
// now and then, a host too few breaks a link: so what is unplugged keeps its hosts until the next
// `linkfab up` or move of nodes, and who cannot tell leaves a new row's column empty.
#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

inline constexpr const char* needed_by = "needed_by";

using HostNames = std::set<std::string>;

// Of a whole lab: first the nodes, then what joins them, then the answers. The host "" is none.
class Needs {
 public:
  void add_node(const std::string& node, const std::string& host);
  // `home` is what the joint's column `host` says. Ends of nodes that are not known have no host.
  void add_link(const std::string& name, const Endpoint& a, const Endpoint& b,
                const std::string& home);
  void add_segment(const std::string& name, const std::vector<Endpoint>& members,
                   const std::string& home);

  [[nodiscard]] HostNames of_node(const std::string& node) const;
  [[nodiscard]] HostNames of_interface(const Endpoint& endpoint) const;
  // Of what its frames undergo, too.
  [[nodiscard]] HostNames of_link(const std::string& name) const;
  [[nodiscard]] HostNames of_segment(const std::string& name) const;
  // Of what frames toward a member of a segment undergo.
  [[nodiscard]] HostNames of_member(const Endpoint& member) const;

 private:
  void need(const Endpoint& endpoint, const HostNames& hosts);
  void add_host_of(HostNames& hosts, const std::string& node) const;

  std::map<std::string, std::string> hosts_;  // by node
  std::map<std::string, HostNames> nodes_;    // beside their own
  std::map<Endpoint, HostNames> interfaces_;  // likewise
  std::map<std::string, HostNames> links_;
  std::map<std::string, HostNames> segments_;
};

// Of the names those that are not empty.
[[nodiscard]] HostNames host_names(std::initializer_list<std::string> names);
[[nodiscard]] ovsdb::Datum needed_by_value(const HostNames& hosts);
// Adds the column, where there is something to say.
void put_needed_by(ovsdb::Columns& columns, const HostNames& hosts);

// From now on these hosts need the rows, too. For a change that fails where another one came before
// it: where the nodes are was read before.
using RowOf = std::pair<std::string, ovsdb::Uuid>;  // a table, and a row of it
void widen(ovsdb::Transaction& change, const std::vector<RowOf>& rows, const HostNames& hosts);

// Whose interface each Interface row is.
[[nodiscard]] std::map<ovsdb::Uuid, Endpoint> endpoints(const ovsdb::Replica& replica);

}  // namespace linkfab::fabric
