// What the wanted state says of the other hosts that share the database, as this one needs it.
//
// Of a link or segment that reaches another host, this one sees a stand-in for what is there: a
// VXLAN gateway (RFC 7348) of its own host, under the name of the interface it stands for. The
// frames of a direction are impaired where they arrive, never at a stand-in.
//
// A link has one tunnel. A segment has one for each host but its own, where they meet: a star, so
// that no frame can go round. Which host that is, and who gives tunnels their numbers, is the
// joint's column `host`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/result.hpp"
#include "fabric/hosts.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

// Which part of the lab is this host's.
struct Site {
  std::string host;
  bool shared = false;  // the database is that of several hosts
};

// An interface of a node on another host, as that host's agent reports it.
struct RemoteEnd {
  Interface interface;
  bool present = false;         // its device is there: the node runs
  bool up = false;              // and carries frames
  std::optional<bool> carrier;  // has the node its end up? nullopt: that cannot be told
  std::string error;
  bool operator==(const RemoteEnd&) const = default;
};

// A Link or Segment row, and for a segment the host that is not its own.
struct TunnelKey {
  ovsdb::Uuid joint;
  std::string away;
  auto operator<=>(const TunnelKey&) const = default;
};

// Where a segment on another host is joined: "@h2:s0123456789ab". No user's node has such a name.
[[nodiscard]] Endpoint segment_stand_in(const std::string& host, const std::string& segment);

class Elsewhere {
 public:
  explicit Elsewhere(Site site) : site_(std::move(site)) {}

  // Follows the rows of hosts and tunnels.
  struct Touched {
    std::set<ovsdb::Uuid> joints;
    bool all = false;  // an address has changed
  };
  Touched apply(const ovsdb::Replica& replica, const ovsdb::Changes& changes);

  [[nodiscard]] bool shared() const { return site_.shared; }
  [[nodiscard]] const std::string& self() const { return site_.host; }
  [[nodiscard]] bool is_self(const std::string& host) const {
    return !site_.shared || host == site_.host;
  }
  [[nodiscard]] const std::map<std::string, Host>& hosts() const { return hosts_; }

  // Where nodes are; of one that is here, or not known, nothing is remembered.
  void set_node(const std::string& node, const std::string& host);
  void erase_node(const std::string& node);
  [[nodiscard]] bool is_remote(const std::string& node) const { return nodes_.contains(node); }
  // Its own where it is not known.
  [[nodiscard]] const std::string& host_of(const std::string& node) const;

  void set_end(const Endpoint& endpoint, RemoteEnd end);
  void erase_end(const Endpoint& endpoint) { ends_.erase(endpoint); }
  [[nodiscard]] const RemoteEnd* end(const Endpoint& endpoint) const;

  // What stands for what the tunnel leads to. Errors are of a tunnel that has no number yet
  // (Errc::unreachable) and of a host without an address.
  [[nodiscard]] Result<Interface> stand_in(const TunnelKey& tunnel, const std::string& host,
                                           const Interface& interface) const;

  // Of joints whose tunnels are numbered here.
  void want(const TunnelKey& tunnel) { wanted_.insert(tunnel); }
  void unwant(const ovsdb::Uuid& joint);
  [[nodiscard]] std::set<TunnelKey> missing() const;
  [[nodiscard]] std::set<ovsdb::Uuid> surplus() const;  // rows

 private:
  struct Tunnel {
    ovsdb::Uuid row;
    std::uint32_t vni = 0;
    std::string host;  // that gave it the number
  };

  Site site_;
  std::map<std::string, Host> hosts_;
  std::map<std::string, std::string> nodes_;
  std::map<Endpoint, RemoteEnd> ends_;
  std::map<TunnelKey, Tunnel> tunnels_;
  std::map<ovsdb::Uuid, TunnelKey> tunnel_rows_;
  std::set<ovsdb::Uuid> lost_;  // rows numbered here, of joints that are gone
  std::set<TunnelKey> wanted_;
};

// Numbers for these tunnels that nothing in the database uses, as rows; where another agent was
// quicker with one, the database refuses them all, and they are to be asked for again.
[[nodiscard]] ovsdb::Transaction number_tunnels(const ovsdb::Replica& replica,
                                                const std::string& host,
                                                const std::set<TunnelKey>& tunnels);

}  // namespace linkfab::fabric
