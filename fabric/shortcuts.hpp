// Links that lead through a spliced pair of gateways, a:eth0--g1 and g2--b:eth0, where g1 and g2
// are one link (fabric/gateways.hpp): while nothing on the way does anything to frames, those from
// a go straight to b's port, as on one link, and pass neither gateway's devices.
//
// Straight they go while both links are up and without impairment. The gateways' counters go on as
// if frames passed them; what was counted so far is lost with this object.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "fabric/desired.hpp"
#include "netem/device.hpp"
#include "openflow/flow.hpp"

namespace linkfab::fabric {

class Shortcuts {
 public:
  using Spliced = std::map<Endpoint, Endpoint>;  // each gateway of a pair to the other
  using NumberOf = std::function<std::optional<openflow::PortNo>(const Endpoint&)>;
  // What the fabric's end of an interface has counted; nullopt: it is not there.
  using StatsOf = std::function<std::optional<netem::DeviceStats>(const Endpoint&)>;

  // Looks at the links of all spliced gateways; returns those whose flows are other ones now.
  std::set<std::string> update(const Desired& desired, const Spliced& spliced,
                               const NumberOf& number_of, const StatsOf& stats_of);

  // Frames of a link that come in at `in` go out at `out`.
  struct Way {
    openflow::PortNo in;
    openflow::PortNo out;
    bool operator==(const Way&) const = default;
  };
  [[nodiscard]] std::optional<Way> find(const std::string& link) const;

  // What would have passed the gateway's fabric end.
  [[nodiscard]] netem::DeviceStats passed_by(const Endpoint& gateway,
                                             const StatsOf& stats_of) const;

 private:
  struct Shortcut {
    Way way;
    Endpoint from;
    Endpoint gateway;
    bool operator==(const Shortcut&) const = default;
  };
  void take_down(const Shortcut& shortcut, const StatsOf& stats_of);

  std::map<std::string, Shortcut> shortcuts_;      // by link
  std::map<Endpoint, std::string> links_;          // by gateway
  std::map<Endpoint, netem::DeviceStats> before_;  // of `from`, when its frames began to pass by
  std::map<Endpoint, netem::DeviceStats> passed_;  // by gateway, by earlier shortcuts
};

}  // namespace linkfab::fabric
