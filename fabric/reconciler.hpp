// One step of reconciliation: what is wanted against what is seen, for the objects that need a
// look, and the work that follows, in batches.
//
// The same step makes a lab of ten thousand links, changes one value of one link, repairs what
// broke and takes everything down: only the scope differs. A failing object holds back itself
// alone; its error goes to its status row, and it is tried again with back-off.
//
// The order within a step: namespaces and containers; stale devices away; new devices, with their
// qdiscs; what is forwarded without the switch; flows, then ports; bridges of switch nodes; host
// ends up; node ends, which come up last because a node that speaks before its flows exist costs
// the switch a miss a frame; gateways, and shortcuts between them; commands of nodes; devices, then
// nodes, that are not wanted any more; status.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/backoff.hpp"
#include "fabric/control_channels.hpp"
#include "fabric/desired.hpp"
#include "fabric/flow_table.hpp"
#include "fabric/gateways.hpp"
#include "fabric/host_devices.hpp"
#include "fabric/measurements.hpp"
#include "fabric/node_ends.hpp"
#include "fabric/nodes.hpp"
#include "fabric/ports.hpp"
#include "fabric/shortcuts.hpp"
#include "fabric/status.hpp"
#include "fabric/switch_nodes.hpp"
#include "fabric/vswitch.hpp"

namespace linkfab::fabric {

class Reconciler {
 public:
  Reconciler(PortRules rules, const Desired& desired, const Overlay& overlay,
             const Underlay& underlay, Nodes& nodes, HostDevices& devices, Vswitch& vswitch,
             FlowTable& flows, Gateways& gateways, SwitchNodes& switches,
             ControlChannels& channels);

  // With `whole_switch`, all flows are compared with what the switch has: after each connection to
  // it.
  boost::asio::awaitable<void> step(Scope scope, bool whole_switch);

  // The short way of a change of the overlay: impairments and carriers of these interfaces, at once
  // and in two batches. What it leaves to a whole step is returned: ends of nodes to be set
  // otherwise, devices to be made, what failed.
  [[nodiscard]] Scope play(const std::set<Endpoint>& endpoints);

  // The status of everything that the last step looked at is in here.
  [[nodiscard]] StatusWriter& status() { return status_; }
  // What failed and is due for another try, from `now` on; and the time when the next is due.
  [[nodiscard]] Scope due(TimePoint now) const;
  [[nodiscard]] std::optional<TimePoint> next_try() const { return backoff_.next(); }
  // Everything that was made or found, wanted or not: the scope of a first step.
  [[nodiscard]] Scope everything() const;
  // All gateways, which are due because what they stand on has come or gone.
  [[nodiscard]] Scope due_gateways();
  // Of the interface that the device is the fabric's end of.
  [[nodiscard]] InterfaceCounters counters(const Endpoint& endpoint,
                                           const HostDevice& device) const;
  // Frames that a gateway's fabric end did not see, because they took a shortcut.
  [[nodiscard]] netem::DeviceStats passed_by(const Endpoint& gateway) const;
  // States and counters as they are known now; see HostDevices::read_counters().
  [[nodiscard]] Measurements measure() const;
  // Nodes exist that are not wanted: their removal is under way.
  [[nodiscard]] bool removing() const;

 private:
  struct Job {
    Endpoint endpoint;
    std::string device;
    std::optional<WantedPort> wanted;
    PortWork work;
  };
  using Jobs = std::vector<Job>;

  boost::asio::awaitable<void> step_nodes(const std::set<std::string>& names);
  [[nodiscard]] std::set<std::string> unwanted(const std::set<std::string>& nodes) const;
  void widen(Scope& scope);
  [[nodiscard]] Jobs plan(const std::set<Endpoint>& endpoints);
  [[nodiscard]] ObservedPort observed(const std::string& device) const;
  bool is_of_another_end(const Job& job);
  void remove_devices(const Jobs& jobs, bool stale);
  void remove_misnamed(Scope& scope);
  boost::asio::awaitable<void> create_devices(Jobs& jobs);
  void shape(const Jobs& jobs);
  // Observe, then believe: the kernel acknowledges some values that it does not take over.
  void check_shape(const Job& job);
  boost::asio::awaitable<void> change_ports(const Jobs& jobs);
  boost::asio::awaitable<void> change_flows(Scope scope, bool whole_switch);
  boost::asio::awaitable<void> change_switch(Jobs& jobs, const Scope& scope, bool whole_switch);
  void carry_control_channels();
  boost::asio::awaitable<void> change_switch_nodes(const Jobs& jobs,
                                                   const std::set<std::string>& nodes);
  boost::asio::awaitable<void> detach_remade(Jobs& jobs);
  std::set<std::string> update_shortcuts();
  boost::asio::awaitable<void> change_shortcuts();
  [[nodiscard]] std::optional<netem::DeviceStats> stats_of(const Endpoint& endpoint) const;
  // Where frames go on to that do not pass the switch; with `forwarding` false, of interfaces whose
  // frames pass it from now on.
  using Failed = std::map<Endpoint, Error>;
  Failed change_forwards(const std::set<Endpoint>& endpoints, bool forwarding);
  [[nodiscard]] std::optional<netem::Forward> wanted_forward(const Endpoint& endpoint) const;
  void set_carriers(const Jobs& jobs);
  boost::asio::awaitable<void> configure_nodes(const Jobs& jobs);
  void configure_node(const std::string& node, const Jobs& jobs);
  void connect_gateways(Scope& scope);
  [[nodiscard]] std::optional<GatewayPort> gateway_port(const Endpoint& endpoint) const;

  [[nodiscard]] std::optional<openflow::PortNo> number(const Endpoint& endpoint) const;
  [[nodiscard]] WantedTables tables(const Scope& scope);
  [[nodiscard]] Tables tables_of_link(const std::string& name) const;
  [[nodiscard]] Tables tables_of_segment(const std::string& name) const;
  // Claims the segment's number; false where another segment has the same one (1 in 2^30 for each
  // pair).
  bool claim_number(const std::string& segment);

  // Of the backoff, apart from those of interfaces and joints.
  [[nodiscard]] static std::string switch_subject(const std::string& node);
  // Looks at it again in a while, as after a failure.
  void linger(const Endpoint& endpoint);
  void fail(const Endpoint& endpoint, const Error& error);
  void fail(const Job& job, const HostDevices::Failures& failures);
  void fail_joint(const std::string& name, const Error& error);

  void report(const Scope& scope);
  void report_interface(const Endpoint& endpoint);
  void report_link(const std::string& name);
  void report_segment(const std::string& name);
  [[nodiscard]] NodeStatus node_status(const std::string& name) const;
  [[nodiscard]] InterfaceStatus interface_status(const Endpoint& endpoint) const;
  [[nodiscard]] JointStatus link_status(const std::string& name) const;
  [[nodiscard]] JointStatus segment_status(const std::string& name) const;
  [[nodiscard]] Measurements::Interface measure_interface(const Endpoint& endpoint) const;

  PortRules rules_;
  const Desired& desired_;
  const Overlay& overlay_;
  const Underlay& underlay_;
  Nodes& nodes_;
  HostDevices& devices_;
  Vswitch& vswitch_;
  FlowTable& flows_;
  Gateways& gateways_;
  SwitchNodes& switches_;
  ControlChannels& channels_;
  Shortcuts shortcuts_;
  StatusWriter status_;
  Backoff backoff_;
  std::map<Endpoint, std::string> failed_;            // what is wrong with an interface
  std::map<std::string, std::string> failed_joints_;  // with a link or segment
  GatewayPorts gateway_ports_;                        // as gateways_ were told last
  std::set<Endpoint> failed_gateways_;
  std::set<Endpoint> lingering_;  // something unwanted below their netem waits to be empty
  bool gateways_due_ = true;      // though nothing is wanted otherwise
  std::map<Endpoint, std::string> outer_names_;
  std::map<std::string, std::uint64_t> inodes_;    // each node's namespace, as last worked on
  std::map<Endpoint, openflow::PortNo> reserved_;  // numbers asked for in this step
  std::map<std::uint32_t, std::string> segment_numbers_;
  // the live members of learning segments
  std::map<std::string, std::vector<Endpoint>> learned_from_;
};

}  // namespace linkfab::fabric
