// The delays that an impairment gives to frames sent one by one into an empty queue. Pure.
//
// Source: tabledist(), packet_time_ns() and netem_enqueue() in net/sched/sch_netem.c.
#pragma once

#include <cstdint>
#include <vector>

#include "netem/impairment.hpp"

namespace linkfab::measure {

// Nanoseconds.
class DelayLaw {
 public:
  // `frame_size`: bytes with the Ethernet header, which take their time where there is a rate.
  DelayLaw(const netem::Impairment& impairment, std::size_t frame_size);

  [[nodiscard]] double quantile(double q) const;
  [[nodiscard]] double cdf(double delay) const;
  [[nodiscard]] double median() const { return quantile(0.5); }
  [[nodiscard]] bool varies() const { return jitter_ > 0; }

 private:
  double base_ = 0;
  double jitter_ = 0;
  std::vector<double> offsets_;  // sorted; empty: from -jitter to +jitter, each as likely
};

// How long a frame is on the wire, by rate, overhead and cells; 0 without a rate.
[[nodiscard]] double wire_time(const netem::Impairment& impairment, std::size_t frame_size);
// How long its rate needs for what goes at once after a pause; 0 without a burst.
[[nodiscard]] double burst_time(const netem::Impairment& impairment);

}  // namespace linkfab::measure
