// The values of impairment keys as numbers, for what goes between two of them.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "fabric/scenario.hpp"

namespace linkfab::fabric {

// Can a ramp be made of the key? Of delays, percentages, the rate and counts, not of models,
// distributions and switches.
[[nodiscard]] bool is_quantity(std::string_view key);
[[nodiscard]] std::string quantity_keys();  // "delay, jitter, …", for messages

// In nanoseconds, percent, bits a second, or frames. "none" is 0.
[[nodiscard]] Result<double> parse_quantity(const std::string& key, const std::string& text);
// As netem::set_option() takes it; parse_quantity() gives the same number back. Rounded to what the
// kernel can tell apart.
[[nodiscard]] std::string format_quantity(std::string_view key, double value);

// A part of the way from the first value to the last, `share` from 0 to 1.
[[nodiscard]] double between(const Range& range, double share, bool geometric);

}  // namespace linkfab::fabric
