// What a container node is made from, and what must be done with the container there is. Pure.
#pragma once

#include <optional>
#include <string>

#include "containers/engine.hpp"
#include "fabric/node_status.hpp"
#include "fabric/paths.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

inline constexpr const char* instance_label = "linkfab.instance";
inline constexpr const char* node_label = "linkfab.node";
// of what it was made from: another value, another container
inline constexpr const char* spec_label = "linkfab.spec";

// Options: "privileged", "memory" (bytes, or with k, m, g), "cpus", "user", "hostname", "workdir",
// "capabilities" (comma separated; NET_ADMIN and NET_RAW always). Errc::invalid names the option.
// The image's own entry point is put in later (complete_spec), because only the engine knows it.
[[nodiscard]] Result<containers::ContainerSpec> container_spec(const Paths& paths,
                                                               const std::string& name,
                                                               const Node& node);
[[nodiscard]] containers::ContainerSpec complete_spec(containers::ContainerSpec spec,
                                                      const Node& node,
                                                      const containers::Image& image);

enum class ContainerStep { none, create, start, stop, pause, unpause, restart, remove };

struct ContainerSituation {
  const Node* wanted = nullptr;  // nullptr: the node is not wanted
  std::string wanted_spec;       // its spec label
  std::optional<containers::Container> observed;
  // it was made or asked for just now: one that ended by itself stays ended
  bool start_allowed = false;
  bool restart_asked = false;
};
// The next step; to be asked again after it.
[[nodiscard]] ContainerStep next_step(const ContainerSituation& situation);

// What a container that needs no step says of the node.
[[nodiscard]] NodeStatus container_status(const containers::Container& container);

}  // namespace linkfab::fabric
