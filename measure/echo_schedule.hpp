// Who pings whom and when: each host one other at a time, many hosts at once. Pure.
//
// A host goes on to its next one when the answer is there, or after `patience`, so that silent ones
// hold it up for less than they are waited for. How many hosts do so at once follows the answers:
// one more with each that comes in time, half as many where they come late, so that a switch that
// meets all these addresses for the first time is not measured under a load of our making. Rounds
// follow each other: each host has asked all others once before it asks one again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace linkfab::measure {

using std::chrono::nanoseconds;

class EchoSchedule {
 public:
  struct Pair {
    std::size_t from = 0;
    std::size_t to = 0;
  };
  struct Due {
    std::uint32_t pair = 0;
    std::uint32_t round = 0;
    bool operator==(const Due&) const = default;
  };

  // Each host asks in the order of its pairs. An answer counts within `wait`.
  EchoSchedule(std::vector<Pair> pairs, std::uint32_t rounds, nanoseconds wait);

  // The next to be sent now, which counts as sent; nullopt: none now.
  [[nodiscard]] std::optional<Due> due(nanoseconds now);
  // What came too late, twice, or was never asked is passed over.
  void answered(const Due& which, nanoseconds time);
  // It could not be sent: nothing is waited for.
  void failed(const Due& which);

  // When something is due or over; nullopt: all is over.
  [[nodiscard]] std::optional<nanoseconds> next(nanoseconds now) const;

  // By pair and round; nullopt: no answer.
  using RoundTrips = std::vector<std::optional<nanoseconds>>;
  [[nodiscard]] const std::vector<RoundTrips>& round_trips() const { return round_trips_; }
  [[nodiscard]] std::size_t asked() const { return asked_; }

 private:
  struct Host {
    std::vector<std::uint32_t> pairs;
    std::size_t next = 0;     // of all rounds: pair next % size in round next / size
    nanoseconds free_from{};  // when it may send
    std::optional<Due> current;
  };
  [[nodiscard]] bool finished(const Host& host) const;
  [[nodiscard]] static bool busy(const Host& host, nanoseconds now);
  [[nodiscard]] bool full(nanoseconds now) const;
  void adapt(nanoseconds taken, nanoseconds now);

  std::uint32_t rounds_;
  nanoseconds wait_;
  nanoseconds patience_;
  std::vector<Host> hosts_;
  std::vector<RoundTrips> round_trips_;
  std::vector<std::vector<nanoseconds>> sent_;  // by pair and round
  double at_once_;
  nanoseconds fewer_since_{};
  nanoseconds last_end_{};  // when nothing can come any more
  std::size_t asked_ = 0;
  std::size_t open_ = 0;  // asked, not answered
};

}  // namespace linkfab::measure
