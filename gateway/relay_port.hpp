// A tunnel that the relay carries, in whole or in part, as the agent asks for it: a value and its
// JSON.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "gateway/udp_address.hpp"

namespace linkfab::gateway {

struct RelayPort {
  std::string outer;
  std::string netns;  // a path; empty: the relay's own
  UdpAddress local, remote;
  // Only frames longer than this leave by the relay, because the kernel carries the others; 0: all.
  // What arrives at the socket is always delivered: the kernel takes its own before.
  std::uint32_t longer_than = 0;
  bool operator==(const RelayPort&) const = default;
};

// One line, without its end. Errc::invalid for what is not such a list, or names an outer end of a
// namespace twice.
[[nodiscard]] std::string to_json(const std::vector<RelayPort>& ports);
[[nodiscard]] Result<std::vector<RelayPort>> relay_ports_from_json(std::string_view line);

// The answer: what is wrong, by outer end.
using RelayErrors = std::map<std::string, Error>;
[[nodiscard]] std::string to_json(const RelayErrors& errors);
[[nodiscard]] Result<RelayErrors> relay_errors_from_json(std::string_view line);

}  // namespace linkfab::gateway
