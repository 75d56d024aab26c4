// What can be measured of a fabric at one moment: values, for whoever shows them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fabric/interface_counters.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

// How long something took, each time.
struct DurationHistogram {
  static constexpr std::array<double, 12> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.1,
                                                 0.25,  1,      2.5,   10,   25,    100};  // s
  std::array<std::uint64_t, bounds.size()> counts{};  // above the bound before and up to this one
  std::uint64_t count = 0;                            // with those above the last bound
  double sum = 0;                                     // s

  void add(std::chrono::duration<double> duration);
};

struct Measurements {
  struct Interface {
    Endpoint endpoint;
    std::string attached;  // the link or segment; empty: free
    bool up = false;       // the fabric's end: joined, not cut, and the node is there
    std::optional<InterfaceCounters> counters;  // nullopt: no device
  };
  struct Node {
    std::string name;
    std::string kind;
    std::string state;
  };
  struct Joint {
    std::string name;
    std::string kind;  // "link", "hub", "switch"
    std::string state;
  };
  std::vector<Interface> interfaces;
  std::vector<Node> nodes;
  std::vector<Joint> links;                                  // segments too
  std::map<std::string, std::chrono::nanoseconds> underlay;  // one way, by host
  DurationHistogram steps;                                   // of reconciliation
  std::size_t flows = 0;                                     // of ours in the switch
  std::size_t troubles = 0;  // what keeps the whole fabric from following
  std::int64_t wanted_change = 0;
  std::int64_t done_change = 0;
};

}  // namespace linkfab::fabric
