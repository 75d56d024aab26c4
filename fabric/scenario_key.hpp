// The keys that a scenario may set: those of impairments, and one of its own.
//
// "extra-delay" adds to the delay that holds otherwise: a detour, an outage that frames sit out.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "netem/impairment.hpp"

namespace linkfab::fabric {

inline constexpr std::string_view extra_delay = "extra-delay";

// In the order in which they are set, because two may depend on each other: "loss" comes before
// "loss-correlation", "delay" before "extra-delay".
[[nodiscard]] const std::vector<netem::OptionName>& scenario_keys();
[[nodiscard]] std::size_t place_of_key(std::string_view key);

// netem::set_option() for all of them.
[[nodiscard]] Result<void> set_key(netem::Impairment& impairment, std::string_view key,
                                   std::string_view value);

}  // namespace linkfab::fabric
