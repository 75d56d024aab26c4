// Nodes that are one program which emulates a machine: VPCS, QEMU. Pure.
//
// Such a node has a network namespace of its own, in which its program runs and speaks Ethernet in
// UDP on 127.0.0.1; each of its interfaces is a UDP gateway there, so ports never meet those of
// others. Its terminal is served on a Unix socket (containers/console_server.hpp).
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "fabric/topology.hpp"

namespace linkfab::fabric {

[[nodiscard]] bool is_machine(NodeKind kind);  // vpcs, qemu

// Makes the interfaces what they are behind. eth0, eth1 … eth10 are the machine's first, second …
// eleventh.
void add_machine_gateways(Node& node);

// The routes of the node's network namespace: a machine's own are its program's affair.
[[nodiscard]] std::vector<Route> namespace_routes(const Node& node);

// What is wrong with such a node, each with what would be right. Empty for other kinds.
[[nodiscard]] std::vector<std::string> machine_problems(const Node& node);

// VPCS has the addresses 00:50:79:66:68:00 to :ff, and gives all the same unless it is told: nodes
// without one get one that is free, the same for the same names.
void choose_vpcs_macs(Topology& topology);

struct MachinePlan {
  Node node;            // as a netns node: its command starts the machine on its terminal
  std::string program;  // that must be there: "vpcs"
  std::string package;  // that has it, in Debian
  std::string script;   // to be written to `script_file` before the start
  std::string script_file;
  // What the program opens, and whether to write it too.
  std::vector<std::pair<std::string, bool>> files;
  bool privileged = false;  // it keeps the agent's rights: else it runs as a user without any
};

struct MachinePlace {
  std::string directory;  // of the node, in the run directory
  std::string console_program;
  std::function<std::string(const Endpoint&)> mac_of;  // of an interface that was given none
};

// Of a node without problems.
[[nodiscard]] MachinePlan plan_machine(const std::string& name, const Node& node,
                                       const MachinePlace& place);

[[nodiscard]] std::string console_socket(const std::string& directory);

}  // namespace linkfab::fabric
