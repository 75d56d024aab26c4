// Every flow of a switch as text, whoever made it: what a person reads, not what is compared.
//
// Unlike openflow/flow.hpp it has words for what controllers write, too, in the notation of
// ovs-ofctl(8). What it has no words for is told as it is, in hexadecimal.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "openflow/flow.hpp"

namespace linkfab::openflow {

struct FlowText {
  TableId table = 0;
  std::uint16_t priority = 0;
  Cookie cookie = 0;
  std::uint32_t duration = 0;  // seconds
  std::uint16_t idle_timeout = 0;
  std::uint16_t hard_timeout = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::string match;    // "in_port=1,dl_type=0x0800,nw_dst=10.0.0.2"; empty: every frame
  std::string actions;  // "output:2"; "drop" where there is none
  bool operator==(const FlowText&) const = default;
};

// What a port is called; an empty name: its number. Not asked for reserved ports.
using PortName = std::function<std::string(PortNo)>;

// Of one part of a flow-stats reply.
[[nodiscard]] Result<void> describe_flow_stats(ByteView body, const PortName& name,
                                               std::vector<FlowText>& flows);

}  // namespace linkfab::openflow
