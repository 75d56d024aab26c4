// A switch node of the running lab for commands that speak with it: where Open vSwitch is, and what
// its ports are called.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/placement.hpp"
#include "fabric/topology.hpp"
#include "openflow/flow_text.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

struct SwitchLab {
  std::string directory;  // of Open vSwitch's sockets
  std::string instance;
  fabric::Topology topology;
  std::map<fabric::Endpoint, fabric::Endpoint> other_ends;  // of links
  fabric::Placement hosts;                                  // of nodes, where hosts share the lab
  fabric::Host local;

  // Errc::invalid where the node is no switch, Errc::refused where it is on another host.
  [[nodiscard]] Result<const fabric::Node*> find(const std::string& node) const;
  [[nodiscard]] Result<void> check_local(const std::string& node) const;
  [[nodiscard]] std::string bridge(const std::string& node) const;
  [[nodiscard]] std::string management_socket(const std::string& node) const;
  // The interface at the other end of each port's link, "h1:eth0"; the port's own without a link.
  [[nodiscard]] openflow::PortName port_name(const std::string& node) const;
  // "h1", "h1:eth0" or "s1:eth1" as the number of a port of the switch.
  [[nodiscard]] std::optional<std::uint32_t> port_number(const std::string& node,
                                                         const std::string& end) const;
};

// From a client with a replica of fabric::state_columns() or more.
[[nodiscard]] Result<SwitchLab> switch_lab(const Invocation& invocation, const Client& client);

}  // namespace linkfab::cli
