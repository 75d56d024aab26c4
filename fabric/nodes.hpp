// All nodes of the fabric, whatever makes them: driven to what is wanted, observed, removed.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "core/result.hpp"
#include "fabric/container_nodes.hpp"
#include "fabric/desired.hpp"
#include "fabric/machine.hpp"
#include "fabric/netns_nodes.hpp"
#include "fabric/node_status.hpp"
#include "fabric/ports.hpp"

namespace linkfab::fabric {

struct NodesOptions {
  Paths paths;
  std::string init_program;  // linkfab-init, to be copied into the run directory
  std::string console_program;
  std::string engine_socket;
};

class Nodes {
 public:
  Nodes(boost::asio::any_io_executor executor, NodesOptions options);

  // Something about a node changed later than step(): another step for it is due.
  void on_changed(std::function<void(const std::string& node)> callback);

  // Makes the directories and finds what an earlier run left.
  Result<void> prepare();
  // Removes the directories; nothing of ours may be in them any more.
  Result<void> remove_directories();

  // What exists, wanted or not.
  [[nodiscard]] std::set<std::string> found() const;

  // Drives these nodes: namespaces at once, containers in the background.
  void step(const Desired& desired, const std::set<std::string>& names);
  // After their interfaces are set up: starts commands of namespaces, lets waiting containers go
  // on.
  void interfaces_ready(const Desired& desired, const std::set<std::string>& names);

  // nullptr: not running. With inode 0: it may run, but that cannot be told now; its ports are left
  // alone.
  [[nodiscard]] const Presence* presence(const std::string& name) const;
  // From now on it is not fresh: its inside must be looked at before it is changed.
  void settle(const std::string& name);
  [[nodiscard]] NodeStatus status(const std::string& name) const;
  // Nothing is left and nothing is under way.
  [[nodiscard]] bool empty() const;

 private:
  void step_machine(const std::string& name, const Node& node, std::int64_t restart_request);
  [[nodiscard]] MachinePlan machine(const std::string& name, const Node& node) const;
  void step_netns(const std::string& name, const Node& node, std::int64_t restart_request);
  void step_container(const std::string& name, const Node& node, const Desired& desired);
  void step_switch(const std::string& name, const Node& node, const Desired& desired);
  void step_external(const std::string& name, const Node& node);
  Result<void> start_command(const std::string& name, const Node& node);
  bool remove_netns(const std::string& name);  // false: it is there still, see errors_
  [[nodiscard]] Result<void> write_interfaces(const std::string& name, const Node& node) const;

  NodesOptions options_;
  NetnsNodes netns_;
  ContainerNodes containers_;
  bool following_engine_ = false;
  std::map<std::string, NodeKind> kinds_;
  std::map<std::string, Presence> presences_;  // of namespaces and of external processes
  std::map<std::string, std::string> errors_;
  std::map<std::string, std::int64_t> restarts_;  // of namespaces: done so far
};

}  // namespace linkfab::fabric
