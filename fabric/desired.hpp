// The wanted network as the Linkfab database says, kept up to date row by row.
//
// It turns monitor updates into a Topology and says which objects they touched, so that a change of
// one link costs the work of one link. What is wrong with a row (a link with one end, an interface
// in two links) is kept beside the object as a problem: the object is left out of the topology or
// out of force, everything else goes on.
//
// Of a database that several hosts share it is the part of one of them: its own nodes, what is
// joined to them, and stand-ins for what is on other hosts (fabric/elsewhere.hpp).
//
// Reads wanted columns only (fabric/rows.hpp, wanted_columns()), so the agent's own status writes
// never come back to it; of other hosts also what their agents say of the ends of its links.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/container/flat_set.hpp>

#include "core/result.hpp"
#include "fabric/elsewhere.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

// Objects that need a look.
struct Scope {
  std::set<std::string> nodes;
  std::set<std::string> links;
  std::set<std::string> segments;
  std::set<Endpoint> interfaces;
  [[nodiscard]] bool empty() const {
    return nodes.empty() && links.empty() && segments.empty() && interfaces.empty();
  }
  void add(Scope other);
};

// To what an interface is attached.
struct Attachment {
  enum class Kind { link, segment } kind = Kind::link;
  std::string name;
  auto operator<=>(const Attachment&) const = default;
};

class Desired {
 public:
  explicit Desired(Site site = {}) : elsewhere_(std::move(site)) {}

  // Follows the replica that `changes` have already been applied to.
  Scope apply(const ovsdb::Replica& replica, const ovsdb::Changes& changes);

  [[nodiscard]] const Topology& topology() const { return topology_; }
  // Everything there is, for the first step and after a lost connection.
  [[nodiscard]] Scope everything() const;
  [[nodiscard]] const Attachment* attachment(const Endpoint& endpoint) const;
  // What frames toward it undergo; nullptr: it is free.
  [[nodiscard]] const Impairment* toward(const Endpoint& endpoint) const;
  // All other interfaces on the same link or segment.
  [[nodiscard]] std::vector<Endpoint> peers(const Endpoint& endpoint) const;

  // What is wrong with an object; nullptr: nothing. Links and segments with a problem may be absent
  // from the topology.
  [[nodiscard]] const std::string* link_problem(const std::string& name) const;
  [[nodiscard]] const std::string* segment_problem(const std::string& name) const;
  [[nodiscard]] const std::string* node_problem(const std::string& name) const;

  [[nodiscard]] const Elsewhere& elsewhere() const { return elsewhere_; }
  // Of an interface on another host; nullptr: it is on this one.
  [[nodiscard]] const RemoteEnd* remote(const Endpoint& endpoint) const {
    return elsewhere_.end(endpoint);
  }
  // Does it stand for something on another host?
  [[nodiscard]] bool is_stand_in(const Endpoint& endpoint) const;
  // Where what it stands for is.
  [[nodiscard]] std::string host_behind(const Endpoint& stand_in) const;
  // The host, the way to which is to be subtracted from the delay of what goes toward the
  // interface; nullopt: none is.
  [[nodiscard]] std::optional<std::string> subtracted(const Endpoint& endpoint) const;
  // Those of which that is so, of any of these hosts. Looks at every link.
  [[nodiscard]] Scope shortened(const std::set<std::string>& hosts) const;
  // All that tunnels of this host lead to. Looks at each of them.
  [[nodiscard]] std::set<std::string> crossed_hosts() const;

  // Row ids, for status writes, of what is this host's to report; also of links that are only a
  // problem.
  [[nodiscard]] std::optional<ovsdb::Uuid> node_row(const std::string& name) const;
  [[nodiscard]] std::optional<ovsdb::Uuid> interface_row(const Endpoint& endpoint) const;
  [[nodiscard]] std::optional<ovsdb::Uuid> link_row(const std::string& name) const;
  [[nodiscard]] std::optional<ovsdb::Uuid> segment_row(const std::string& name) const;
  [[nodiscard]] std::optional<ovsdb::Uuid> fabric_row() const { return fabric_row_; }
  [[nodiscard]] std::optional<ovsdb::Uuid> host_row() const { return host_row_; }  // its own
  [[nodiscard]] bool has_interface(const Endpoint& endpoint) const;

  [[nodiscard]] std::int64_t next_cfg() const { return next_cfg_; }
  [[nodiscard]] std::int64_t next_stats() const { return next_stats_; }
  [[nodiscard]] const std::map<std::string, std::string>& options() const { return options_; }
  [[nodiscard]] std::int64_t restart_request(const std::string& node) const;
  // The one status column that is read back: which request an earlier agent has carried out.
  [[nodiscard]] std::int64_t restart_done(const std::string& node) const;

 private:
  using RowSet = std::set<ovsdb::Uuid>;
  using FewRows = boost::container::flat_set<ovsdb::Uuid>;
  // One kind of object by row and by name, with what is wrong with each. A renamed row is the old
  // name gone and a new one come.
  struct Index {
    std::map<ovsdb::Uuid, std::string> names;
    std::map<std::string, ovsdb::Uuid> rows;
    std::map<std::string, std::string> problems;
    void set(const ovsdb::Uuid& row, const std::string& name);
    void erase(const ovsdb::Uuid& row);
    [[nodiscard]] const std::string* problem(const std::string& name) const;
    [[nodiscard]] std::optional<ovsdb::Uuid> row(const std::string& name) const;
  };
  // The rows that an update makes it necessary to read again.
  struct Reread {
    RowSet nodes, links, segments;
  };

  void read_fabric(const ovsdb::Replica& replica);
  void read_hosts(const ovsdb::Replica& replica);
  [[nodiscard]] Reread affected(const ovsdb::Changes& changes) const;
  // What was known of a node before its row is read again.
  struct FormerNode {
    std::string name;
    std::string host;
    std::optional<Node> node;
    std::map<ovsdb::Uuid, Endpoint> endpoints;
    std::map<Endpoint, RemoteEnd> ends;  // of a node on another host
  };
  void reread_nodes(const ovsdb::Replica& replica, Reread& reread, Scope& scope);
  void read_node(const ovsdb::Replica& replica, const ovsdb::Uuid& uuid);
  FormerNode forget_node(const ovsdb::Uuid& uuid);
  void add_touched(const FormerNode& former, const ovsdb::Uuid& uuid, Reread& reread,
                   Scope& scope) const;
  void add_users(const ovsdb::Uuid& interface, Reread& reread) const;
  void read_interfaces(const ovsdb::Replica& replica, const ovsdb::Uuid& uuid,
                       const ovsdb::Row& row, Node& node, const std::string& name);
  void read_remote_node(const ovsdb::Replica& replica, const ovsdb::Uuid& uuid,
                        const ovsdb::Row& row, const std::string& name);
  void add_remote_touched(const FormerNode& former, const ovsdb::Uuid& uuid, Reread& reread,
                          Scope& scope) const;
  void read_link(const ovsdb::Replica& replica, const ovsdb::Uuid& uuid);
  // nullopt: no end of it is here.
  Result<std::optional<Link>> decode_link(const ovsdb::Replica& replica, const ovsdb::Uuid& uuid,
                                          const ovsdb::Row& row);
  Result<void> cross(const ovsdb::Uuid& uuid, const Endpoint& there);
  [[nodiscard]] std::string home_of(const ovsdb::Row& row, const std::string& fallback) const;
  void read_segment(const ovsdb::Replica& replica, const ovsdb::Uuid& uuid);
  // nullopt: it has no member here, and is not at home here.
  Result<std::optional<Segment>> decode_segment(const ovsdb::Replica& replica,
                                                const ovsdb::Uuid& uuid, const ovsdb::Row& row);
  void cross(const ovsdb::Replica& replica, const ovsdb::Uuid& uuid, const ovsdb::Row& row,
             Segment& segment);
  void add_stand_in(const ovsdb::Uuid& joint, const Endpoint& endpoint, Interface interface);
  // Gives back what stood there.
  std::map<Endpoint, Interface> remove_stand_ins(const ovsdb::Uuid& joint);
  void reread_joints(const ovsdb::Replica& replica, const Reread& reread, Scope& scope);
  void compare_stand_ins(std::map<Endpoint, Interface> before, const Reread& reread,
                         Scope& scope) const;
  Result<Impairment> impairment(const ovsdb::Replica& replica,
                                const std::optional<ovsdb::Uuid>& row, const ovsdb::Uuid& owner);
  [[nodiscard]] Result<void> check_name(const Attachment& joint) const;
  [[nodiscard]] Result<void> check_free(const Endpoint& endpoint, const Attachment& wanted) const;

  Elsewhere elsewhere_;
  Topology topology_;
  std::map<Endpoint, Attachment> attachments_;
  Index nodes_, links_, segments_;
  std::map<ovsdb::Uuid, std::string> homes_;  // of links and segments
  std::map<ovsdb::Uuid, std::vector<Endpoint>> stand_ins_;
  std::map<std::string, std::int64_t> restart_requests_;  // by node; absent: 0, as nearly all
  std::map<std::string, std::int64_t> restarts_done_;
  std::map<ovsdb::Uuid, Endpoint> endpoints_;  // by Interface row
  std::map<Endpoint, ovsdb::Uuid> interface_rows_;
  std::map<ovsdb::Uuid, ovsdb::Uuid> interface_nodes_;  // Interface row → Node row
  std::map<ovsdb::Uuid, FewRows> node_interfaces_;      // and back
  // Interface row → Link and Segment rows
  std::map<ovsdb::Uuid, FewRows> interface_users_;
  // Impairment row → Link and Segment rows
  std::map<ovsdb::Uuid, FewRows> impairment_owners_;

  std::optional<ovsdb::Uuid> fabric_row_;
  std::optional<ovsdb::Uuid> host_row_;
  std::int64_t next_cfg_ = 0;
  std::int64_t next_stats_ = 0;
  std::map<std::string, std::string> options_;
};

}  // namespace linkfab::fabric
