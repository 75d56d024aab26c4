// How findings are put in words. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "measure/estimate.hpp"
#include "netem/impairment.hpp"

namespace linkfab::measure {

[[nodiscard]] std::string percent_text(double share);  // 0.01: "1%"
[[nodiscard]] std::string rate_text(double rate);      // bit/s
[[nodiscard]] std::string time_text(double ns);
[[nodiscard]] std::string size_text(double bytes);
[[nodiscard]] double in_ms(std::chrono::nanoseconds time);
// How the value of an option was asked for: "20ms"; "none".
[[nodiscard]] std::string requested_text(const netem::Impairment& requested, std::string_view key);

// "20ms [19ms, 21ms]"
template <class Text>
std::string with_interval(double value, Interval interval, Text text) {
  return text(value) + " [" + text(interval.low) + ", " + text(interval.high) + "]";
}

}  // namespace linkfab::measure
