// Nodes without a container engine: a network namespace, named by a mount in the run directory, and
// the process of the node's command where it has one.
//
// All state is on disk (the mount, and a file with the process's identity), so the next agent finds
// what this one made.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/result.hpp"
#include "fabric/node_status.hpp"
#include "fabric/paths.hpp"
#include "fabric/ports.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

class NetnsNodes {
 public:
  NetnsNodes(Paths paths, std::string init_program);

  // The names of all that exist here, wanted or not.
  [[nodiscard]] std::set<std::string> list() const;
  [[nodiscard]] std::optional<Presence> find(const std::string& node) const;

  // Makes the namespace where it is missing and sets its sysctls.
  Result<Presence> create(const std::string& name, const Node& node);
  // Ends its processes and removes the namespace. Gone already is success.
  Result<void> remove(const std::string& name);

  // Starts the node's command unless it runs, has run, or there is none; once its interfaces are
  // there.
  Result<void> start_command(const std::string& name, const Node& node);
  // A command that is not the wanted one any more is ended; start_command() then starts the other.
  Result<void> end_other_command(const std::string& name, const Node& node);
  Result<void> pause(const std::string& name, bool paused);
  // Running or paused, with its process where it has one.
  [[nodiscard]] NodeStatus status(const std::string& name) const;

 private:
  struct Recorded;
  [[nodiscard]] std::optional<Recorded> recorded(const std::string& name) const;
  [[nodiscard]] std::string process_file(const std::string& name) const;

  Paths paths_;
  std::string init_program_;
};

}  // namespace linkfab::fabric
