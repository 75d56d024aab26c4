// What the programs in the kernel must know and where they must sit so that a namespace carries
// frames along its paths.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "core/result.hpp"
#include "gateway/bpf/maps.h"
#include "gateway/path.hpp"

namespace linkfab::gateway {

struct PeerOrder {
  bool operator()(const lf_peer& a, const lf_peer& b) const {
    return std::memcmp(&a, &b, sizeof a) < 0;
  }
};

struct KernelPlan {
  std::map<std::uint32_t, lf_path> paths;  // by the device where frames arrive
  std::map<lf_peer, std::uint32_t, PeerOrder> peers;
  std::map<std::string, std::uint32_t> outers;  // the indices of outer ends
  std::set<std::uint32_t> uplinks;              // where datagrams arrive
  std::set<std::uint32_t> patched;
  bool has_local_ipv4 = false;                   // tunnels to this host, which lo must be set for
  std::map<std::string, std::uint32_t> longest;  // of tunnels; 0: the kernel carries nothing
  // These lead nowhere, but not to the host's own stack either.
  std::map<std::string, Error> errors;
};

// Asks the kernel of the namespace that the caller has entered for devices and routes.
[[nodiscard]] KernelPlan plan_kernel(const std::map<std::string, Path>& wanted);

}  // namespace linkfab::gateway
