// A topology in the making, out of a file of another program.
//
// Takes what those programs have and linkfab does not: names that are not allowed here, and
// switches that stand at an end of a link. A switch becomes a segment where that is the same; where
// frames toward it are impaired or a cable of it is cut, where it joins another switch or carries
// tagged VLANs, it becomes a node with a Linux bridge in it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/topology.hpp"
#include "formats/element.hpp"

namespace linkfab::formats {

// What a port of a switch takes and gives. No VLAN at all: untagged, of all.
struct SwitchPort {
  std::optional<std::uint16_t> vlan;  // of untagged frames
  bool tagged = false;                // a trunk: all VLANs, with tags
  bool operator==(const SwitchPort&) const = default;
};

struct Switch {
  fabric::SegmentKind kind = fabric::SegmentKind::learning;
  bool spanning_tree = false;
  std::map<std::string, SwitchPort> ports;  // those that links name are made, too
};

class Draft {
 public:
  Draft(std::string name, Problems& problems) : problems_(&problems) {
    topology_.name = std::move(name);
  }

  void rename(std::string name) { topology_.name = std::move(name); }

  // Each returns the name as it is here, and says at the item where that is another one.
  std::string add_node(const Item& at, std::string_view name, fabric::Node node);
  std::string add_switch(const Item& at, std::string_view name, Switch made);
  std::string add_interface(const Item& at, const std::string& node, std::string_view name,
                            fabric::Interface interface = {});
  // The node for gateways and devices of this host, made when it is first asked for.
  const std::string& host();

  fabric::Node& node(const std::string& name) { return topology_.nodes.at(name); }
  [[nodiscard]] bool is_switch(const std::string& name) const { return switches_.contains(name); }
  [[nodiscard]] Switch& switch_named(const std::string& name) { return switches_.at(name).made; }

  // An end on a switch may leave out its interface: a port is made. Wrong at the item where an
  // interface is joined already.
  void add_link(const Item& at, fabric::Link link, std::string_view name = {});
  void add_segment(const Item& at, std::string_view name, fabric::Segment segment);

  // Canonical, and sound by fabric::check(); what is not is among the problems.
  [[nodiscard]] std::optional<fabric::Topology> finish(const std::string& file);

 private:
  struct Placed {
    Item at;
    Switch made;
  };
  struct Cable {
    std::string name;
    fabric::Link link;
  };

  std::string free_name(const Item& at, std::string_view name, const std::set<std::string>& taken);
  bool join(const Item& at, fabric::Endpoint& end);
  void place(const std::string& name, const Placed& placed);
  void make_segments(const std::string& name, const Placed& placed);
  void make_bridge(const std::string& name, const Placed& placed);
  [[nodiscard]] bool is_segment(const std::string& name, const Switch& made) const;

  Problems* problems_;
  fabric::Topology topology_;
  std::set<std::string> node_names_;
  std::set<std::string> joint_names_;
  std::map<std::string, Placed> switches_;
  std::vector<Cable> cables_;
  std::set<fabric::Endpoint> joined_;
  std::string host_;
};

// An interface's name as the kernel takes it: 15 bytes, and none of what Draft would have to quote.
[[nodiscard]] std::string interface_name(std::string_view name);

}  // namespace linkfab::formats
