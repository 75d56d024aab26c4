// One interface's port: what is wanted of it, what is seen of it, and what must be done. Pure.
//
// A port is a veth pair whose node end is in the node's namespace and whose host end is attached to
// the fabric bridge, or forwards to the other end's. The work falls in stages that the reconciler
// runs for all ports at once (fabric/reconciler.hpp): remove what is stale, make devices and
// qdiscs, attach to the switch, then bring the ends up.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fabric/desired.hpp"
#include "fabric/forwarding.hpp"
#include "fabric/overlay.hpp"
#include "fabric/topology.hpp"
#include "fabric/underlay.hpp"
#include "netem/inner.hpp"
#include "netem/qdisc.hpp"

namespace linkfab::fabric {

using std::chrono::nanoseconds;

// The namespace of the agent itself, whoever reads it.
inline constexpr const char* host_netns = "/proc/self/ns/net";

// Where a running node's interfaces live.
struct Presence {
  std::string netns;        // a path that netem::open_netns takes
  std::uint64_t inode = 0;  // which namespace it is: another one after each restart of the node
  bool fresh = false;       // made by us in this step: nothing of ours is in it yet
  bool operator==(const Presence&) const = default;
};
using PresenceOf = std::function<const Presence*(const std::string& node)>;  // nullptr: not running

// What the node's end of a port is set to.
struct NodeEnd {
  std::string name;  // "eth0"
  std::string mac;
  std::uint32_t mtu = 1500;
  std::vector<std::string> addresses;
  bool single_frames = false;  // it must not hand down super-frames
  // it must finish checksums itself: the datapath is in user space
  bool checksums = false;
  bool outer = false;  // of a gateway or a switch: no node uses it, so nothing may speak on it
  bool operator==(const NodeEnd&) const = default;
};

// Of the fabric's devices: larger than any node's frames, so that a tag or two never makes one too
// long for the switch.
inline constexpr std::uint32_t host_mtu = 9216;
// Of the node's end of the pair. What comes through a gateway is as long as it is.
[[nodiscard]] constexpr std::uint32_t device_mtu(const NodeEnd& end) {
  return end.outer ? host_mtu : end.mtu;
}

struct WantedPort {
  std::string device;
  // nullopt: the node is not there, so neither can the device be
  std::optional<Presence> node;
  NodeEnd end;
  // of `end` and the node's routes: equal numbers, equal settings
  std::uint64_t config = 0;
  // host end up: joined, not cut, and at the other end of a link somebody whose interface is up
  bool carrier = false;
  bool on_switch = true;              // a port of the fabric bridge
  std::optional<netem::Netem> netem;  // nullopt: frames toward the node are left alone
  bool automatic_limit = false;       // its queue's limit follows the other values
  netem::Inner inner;                 // below it
};

struct PortRules {
  std::string instance;
  bool userspace_datapath = false;
  Forwarding forwarding = Forwarding::openflow;
  nanoseconds timer_resolution{1};
};
// Is the node's end of an interface up? nullopt: that cannot be told, because the host's end is
// down or not there.
using CarrierOf = std::function<std::optional<bool>(const Endpoint& endpoint)>;

// nullopt: the interface is not wanted. Errors are those of the impairment.
[[nodiscard]] Result<std::optional<WantedPort>> wanted_port(
    const Desired& desired, const Overlay& overlay, const Underlay& underlay,
    const PortRules& rules, const Endpoint& endpoint, const PresenceOf& presence,
    const CarrierOf& carrier);

// Why frames toward the interface take longer than was asked; empty: they do not.
[[nodiscard]] std::string underlay_warning(const Desired& desired, const Overlay& overlay,
                                           const Underlay& underlay, const Endpoint& endpoint);

struct ObservedPort {
  std::optional<netem::IfIndex> index;  // the host end exists
  std::uint64_t netns = 0;              // where its node end was made; 0: left half-made
  std::uint64_t config = 0;
  bool up = false;
  std::optional<netem::Netem> netem;
  std::optional<std::uint32_t> queued;    // frames in its queue; nullopt: not looked at just now
  std::optional<netem::TablesId> tables;  // that were sent with it; nullopt: not by us
  netem::InnerSeen inner;
  bool attached = false;  // it has a row in the switch's database
};

struct PortWork {
  bool remove = false;  // the device: stale or unwanted
  bool create = false;
  bool attach = false;
  bool detach = false;
  bool configure = false;             // the node end, and then the mark that says so
  std::optional<netem::Netem> netem;  // to be installed
  std::vector<netem::InnerStep> inner;
  std::optional<bool> up;  // to be changed to
  [[nodiscard]] bool empty() const;
};

// An automatic limit shrinks only once what waits is seen to be less: a netem whose queue is above
// its limit drops all that comes.
[[nodiscard]] PortWork plan_port(const std::optional<WantedPort>& wanted,
                                 const ObservedPort& observed);
// Is there something left to be done when frames have left? To be asked after the work.
[[nodiscard]] bool lingers(const WantedPort& wanted, const ObservedPort& observed);

// What is to be installed where `observed` is there; nullopt: nothing, all is as wanted. An idle
// netem stays where one was: taking it away would lose the frames in its queue.
[[nodiscard]] std::optional<netem::Netem> netem_change(const std::optional<netem::Netem>& wanted,
                                                       const std::optional<netem::Netem>& observed);

// "create veth lf…, attach, netem delay 20ms": for the log.
[[nodiscard]] std::string format(const PortWork& work);

// The size of the largest frame that an MTU admits: what queue limits are counted in.
[[nodiscard]] constexpr std::uint32_t frame_size(std::uint32_t mtu) {
  return mtu + 14;
}

}  // namespace linkfab::fabric
