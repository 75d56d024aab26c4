// The topologies that experiments with switches begin with, by the names that Mininet gives them:
// hosts on switch nodes. Pure.
//
//   single,N         one switch, s1, with hosts h1 to hN
//   linear,N[,M]     N switches in a row, M hosts (1) on each: h2 on s2, with M > 1 h1s2, h2s2 …
//   tree,D[,F]       switches in D levels, each with F below it (2), hosts below the last
//   torus,X,Y        switches s1x1 to sXxY in a grid that is closed in both directions, a host on
//   each fat-tree,K       K pods of edge switches e and aggregation switches a, cores c, K³/4 hosts
//
// Hosts have the addresses 10.0.0.1/8 and on. What has loops has "rstp_enable", so that it works
// without a controller too. Without IPv6 the hosts are silent until they are used: with it each
// announces itself to all others as its link comes up, some six frames that every switch floods
// and learns from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

struct StandardTopology {
  std::string shape;                     // "linear,3"
  std::vector<std::string> controllers;  // "tcp:127.0.0.1:6653", of every switch
  std::vector<std::string> protocols;    // "OpenFlow13"
  Impairment impairment;                 // of every link, in both directions
  bool ipv6 = false;                     // hosts have link-local addresses
};

// Errc::invalid says what the shape should be. At most 10,000 hosts and 10,000 switches.
[[nodiscard]] Result<Topology> standard_topology(const StandardTopology& wanted);

}  // namespace linkfab::fabric
