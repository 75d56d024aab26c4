// Switch nodes: bridges of their own in Open vSwitch, apart from the fabric bridge, whose ports are
// the node ends of veth pairs. The objects of experiments with controllers and flows.
//
// All that is here is made in the database; ovs-vswitchd does the rest, and the controllers that a
// switch is given connect to it alone. Its flows, groups and meters are never touched. What the
// settings say is written when they change and when a bridge or port is made, also anew after
// somebody deleted it; what is changed by hand in between stays. Rows carry linkfab-instance,
// linkfab-switch (the node) and, of ports, linkfab-port; a bridge also linkfab-config, a hash of
// the settings that were written last.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/desired.hpp"
#include "fabric/vswitch.hpp"

namespace linkfab::fabric {

class SwitchColumns;

class SwitchNodes {
 public:
  explicit SwitchNodes(Vswitch& vswitch) : vswitch_(vswitch) {}

  // Nodes of which a bridge is there, wanted or not.
  [[nodiscard]] std::set<std::string> found() const;

  // Drives these nodes; others than switches are passed over. Ports whose devices were made anew
  // are taken away first where `reopen` names them (a datapath in user space does not see that).
  boost::asio::awaitable<void> step(const Desired& desired, const std::set<std::string>& nodes,
                                    const std::set<Endpoint>& reopen);

  // What is wrong with a node; nullptr: nothing.
  [[nodiscard]] const Error* error(const std::string& node) const;
  [[nodiscard]] const std::map<std::string, Error>& errors() const { return errors_; }

 private:
  struct SeenPort {
    ovsdb::Uuid row;
    ovsdb::Uuid interface;
  };
  struct Seen {
    ovsdb::Uuid row;
    std::string config;
    std::map<std::string, SeenPort> ports;  // by interface
  };
  [[nodiscard]] std::map<std::string, Seen> observe(const std::set<std::string>& nodes) const;
  [[nodiscard]] std::set<std::string> restarted(const Desired& desired,
                                                const std::set<std::string>& nodes);
  boost::asio::awaitable<Result<void>> remove(const std::map<std::string, Seen>& gone);
  boost::asio::awaitable<Result<void>> remove_ports(const std::map<std::string, Seen>& seen,
                                                    const std::set<Endpoint>& ports);
  boost::asio::awaitable<void> write(const Desired& desired, const std::set<std::string>& nodes);
  boost::asio::awaitable<void> write_some(const Desired& desired, const Json::Value& schema,
                                          const std::set<std::string>& nodes);
  [[nodiscard]] static bool differs(const Node& node, const Seen* seen);
  // The node's part of a transaction; what is wrong with its settings is returned.
  [[nodiscard]] std::vector<std::string> add_switch(ovsdb::Transaction& change,
                                                    const Json::Value& schema,
                                                    const std::string& name, const Node& node,
                                                    const Seen* seen) const;
  void write_ports(ovsdb::Transaction& change, SwitchColumns& columns, const std::string& name,
                   const Node& node, const Seen* seen, bool anew) const;
  void check_ports(const std::string& name, const Node& node);
  [[nodiscard]] std::map<std::string, std::string> marks(const std::string& node) const;

  Vswitch& vswitch_;
  std::map<std::string, Error> errors_;
  std::map<std::string, std::int64_t> restarts_;  // carried out
};

}  // namespace linkfab::fabric
