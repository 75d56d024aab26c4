// How much gets from one host to another: TCP or UDP streams between sockets opened in their
// network namespaces, without a program in any of them. Needs CAP_SYS_ADMIN. Single-threaded
// process only, as netem/netns.hpp; it starts two threads a stream and ends them.
//
// Counted is what the receiver's socket gave out: data of the application, without the headers of
// TCP, UDP, IP or Ethernet, and each byte once.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/result.hpp"
#include "core/units.hpp"
#include "measure/host.hpp"

namespace linkfab::measure {

struct ThroughputOptions {
  bool udp = false;
  BitsPerSecond rate;  // of UDP's data that is sent; not zero
  nanoseconds time{std::chrono::seconds(5)};
};

struct Datagrams {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;  // each once, also after the time
  std::uint64_t doubled = 0;
  std::uint64_t out_of_order = 0;  // that came after a later one
  std::size_t size = 0;            // bytes of data in each
  nanoseconds jitter{};            // RFC 3550 §6.4.1
};

struct Throughput {
  std::uint64_t bytes = 0;  // within the time
  // TCP's begins when the connection is there, UDP's with the first datagram that comes.
  nanoseconds time{};
  std::uint64_t retransmits = 0;  // TCP: segments that were sent once more
  nanoseconds round_trip{};       // TCP: its own estimate at the end
  Datagrams datagrams;            // UDP
  [[nodiscard]] double bits_per_second() const;
};

struct Route {
  Host from;
  Host to;
  netem::Prefix address;  // of `to`
};

// Of all at the same time; [i] is that of route i. `progress` is told several times a second for
// how long there has been traffic.
[[nodiscard]] Result<std::vector<Throughput>> measure_throughput(
    const std::vector<Route>& routes, const ThroughputOptions& options,
    const std::function<void(nanoseconds)>& progress);

}  // namespace linkfab::measure
