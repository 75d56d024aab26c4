// How long the network between this host and others takes: measured, settled, told, and subtracted
// from the delays of links that ask for it. Pure.
//
// One way is half a round trip; which half takes longer nobody can tell without clocks that agree.
// Of a host's last answers the median counts, so that neither a late answer nor a queue for a
// moment does. The value that others see is settled: another one takes its place only where they
// are more than a twentieth and 0.1 ms apart, and not before the last one is 10 s old. Neither the
// database nor a running qdisc is written for noise. An answer that does not come tells nothing.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/backoff.hpp"

namespace linkfab::fabric {

using Ways = std::map<std::string, nanoseconds>;  // one way, by host

class Underlay {
 public:
  // What an agent before this one has settled holds until it is measured otherwise.
  void adopt(Ways ways) { ways_ = std::move(ways); }
  // Those that are of interest: of others nothing is kept. True: one had settled.
  bool follow(const std::set<std::string>& hosts);
  // An answer of a host that is of interest. True: its way is another now.
  bool add(const std::string& host, nanoseconds round_trip, TimePoint now);

  [[nodiscard]] std::optional<nanoseconds> way(const std::string& host) const;
  [[nodiscard]] const Ways& ways() const { return ways_; }

 private:
  struct Measured {
    std::deque<nanoseconds> round_trips;  // the last ones
    std::optional<TimePoint> settled;     // by this agent
  };
  std::map<std::string, Measured> measured_;  // by host
  Ways ways_;                                 // settled
};

// What is left of a link's delay for the qdisc where its frames arrive, so that both together are
// what was asked for. nullopt: the way is not known, and nothing is subtracted.
[[nodiscard]] nanoseconds remaining_delay(nanoseconds asked, std::optional<nanoseconds> way);

// Why a link whose underlay is subtracted is not as slow as was asked, for its status; empty: it
// is.
[[nodiscard]] std::string underlay_warning(const std::string& host, nanoseconds asked,
                                           std::optional<nanoseconds> way);

// Rounded to what can be relied on, 0.01 ms: "5.02ms".
[[nodiscard]] std::string format_way(nanoseconds way);

}  // namespace linkfab::fabric
