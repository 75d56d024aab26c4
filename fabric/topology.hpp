// The wanted network as a value: nodes with interfaces, links between two of them, segments among
// many.
//
// It is what a topology file says (fabric/topology_file.hpp), what the Linkfab database holds
// (fabric/desired.hpp) and what a plan is made from. Names are keys: unique among their kind, a
// link and a segment share one name space. Everything here is wanted; nothing here was seen.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "fabric/gateway.hpp"
#include "netem/impairment.hpp"

namespace linkfab::fabric {

using netem::Impairment;

// One end of a link: "r1:eth0".
struct Endpoint {
  std::string node;
  std::string interface;
  auto operator<=>(const Endpoint&) const = default;
};

[[nodiscard]] std::string format(const Endpoint& endpoint);
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

struct Interface {
  std::optional<std::string>
      mac;  // "02:00:00:00:00:01", lower case; nullopt: derived from the name
  std::optional<std::uint32_t> mtu;  // 68 to 65535; nullopt: 1500
  std::vector<std::string>
      addresses;                   // "10.0.12.1/24", "2001:db8::1/64", in canonical form, sorted
  std::optional<Gateway> gateway;  // of a host or external node; nullopt: for the node to use
  bool carrier_always = false;     // also where nothing is attached, or the other end is down
  bool operator==(const Interface&) const = default;
};

struct Route {
  std::string destination;  // "10.0.0.0/8", "::/0"; "default" in a file means 0.0.0.0/0
  std::string via;          // a gateway's address; may be empty where dev is given
  std::string dev;          // an interface of the node; may be empty where via is given
  auto operator<=>(const Route&) const = default;
};

enum class NodeKind {
  netns,     // a network namespace of our own, without a container engine: the default
  docker,    // a container made through the Docker Engine API (Podman's compatible socket too)
  external,  // a running container or process that is somebody else's: only its interfaces are ours
  host,      // this host itself: devices on it, and gateways out of the lab
  vpcs,      // a virtual PC of VPCS, and
  qemu,      // a virtual machine: each a program that is started for the node (fabric/machine.hpp)
  bridge,    // an Open vSwitch bridge of its own (fabric/switch_settings.hpp): "switch" in files
};

enum class NodeState { running, paused, stopped };

struct Node {
  NodeKind kind = NodeKind::netns;
  std::string image;                 // docker: required; qemu: a disk's file
  std::vector<std::string> command;  // empty: the image's own; netns: none
  std::map<std::string, std::string> environment;
  std::vector<std::string> binds;              // "/host/path:/node/path[:ro]", sorted
  std::map<std::string, std::string> sysctls;  // "net.ipv4.ip_forward": "1"
  std::map<std::string, std::string>
      options;                  // docker: "privileged", "memory", "cpus", "user", "hostname",
                                // "workdir", "capabilities"; external: "container" or "pid"
  std::string switch_settings;  // bridge: what Open vSwitch is told, as JSON; empty: nothing
  NodeState state = NodeState::running;
  std::map<std::string, std::string> place;  // labels that its host has; "host": its name
  std::map<std::string, Interface> interfaces;
  std::vector<Route> routes;  // sorted
  bool operator==(const Node&) const = default;
};

struct Link {
  Endpoint a;
  Endpoint b;
  Impairment a_to_b;
  Impairment b_to_a;
  bool up = true;  // false: cut, a pulled cable
  // Between two hosts: the delays above are those of the whole way, with what the network between
  // the hosts takes. False: that comes on top.
  bool subtract_underlay = false;
  bool operator==(const Link&) const = default;
};

enum class SegmentKind {
  hub,       // repeats every frame to all others
  learning,  // a learning switch: "switch" in files and in the database
};

struct Segment {
  SegmentKind kind = SegmentKind::learning;
  std::map<Endpoint, Impairment> members;  // the impairment of frames *toward* that interface
  bool up = true;
  bool operator==(const Segment&) const = default;
};

struct Topology {
  std::string name;
  std::map<std::string, Node> nodes;
  std::map<std::string, Link> links;
  std::map<std::string, Segment> segments;
  bool operator==(const Topology&) const = default;
};

// The name of a link that was given none: "r1:eth0--r2:eth0", the ends in the order given.
[[nodiscard]] std::string link_name(const Endpoint& a, const Endpoint& b);

// Rules for names. Errors are Errc::invalid and say what is allowed.
// Node, link and segment: 1 to 63 of A-Z a-z 0-9 . _ - ; a link's may also hold ':'. Not starting
// with '-' or '.'.
[[nodiscard]] Result<void> check_node_name(std::string_view name);
[[nodiscard]] Result<void> check_link_name(std::string_view name);
// Interface: 1 to 15 bytes, no '/', ':' or space, not "." or ".." or "lo" (linux/if.h IFNAMSIZ,
// dev_valid_name()).
[[nodiscard]] Result<void> check_interface_name(std::string_view name);

// Every rule that needs more than one object: ends that exist, an interface in one link or segment
// only, derived names that do not collide, an image where one is needed. All findings, not only the
// first; each attempt names its object ("link r1:eth0--r2:eth0").
[[nodiscard]] std::vector<Error> check(const Topology& topology);

}  // namespace linkfab::fabric
