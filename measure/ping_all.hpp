// Every host pings every other, without a program in any of them: ICMP echoes from sockets opened
// in their network namespaces. Needs CAP_NET_RAW and CAP_SYS_ADMIN. Single-threaded process only,
// as netem/netns.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "measure/echo_schedule.hpp"
#include "measure/host.hpp"

namespace linkfab::measure {

struct PingOptions {
  std::uint32_t count = 1;  // echoes of each host to each other
  nanoseconds wait{std::chrono::seconds(1)};
  std::optional<int> family;  // nullopt: as way_to() chooses
};

struct Pinged {
  std::size_t from = 0;  // of the hosts given
  std::size_t to = 0;
  std::optional<netem::Prefix> address;  // nullopt: they have no family of addresses in common
  EchoSchedule::RoundTrips round_trips;
  std::string error;  // why an echo could not be sent
  [[nodiscard]] std::size_t received() const;
};

// By sender, and of each to the others in the order of the hosts. Called now and then with the
// share that is done.
[[nodiscard]] Result<std::vector<Pinged>> ping_all(const std::vector<Host>& hosts,
                                                   const PingOptions& options,
                                                   const std::function<void(double)>& progress);

}  // namespace linkfab::measure
