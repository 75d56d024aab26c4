// In words, where the netem that a kernel holds is not the one that is wanted. Pure.
#pragma once

#include <string>
#include <vector>

#include "netem/qdisc.hpp"

namespace linkfab::netem {

// "delay is 30ms, not 20ms"; one text for each option. Empty where matches() holds.
[[nodiscard]] std::vector<std::string> differences(const Netem& wanted, const Netem& reported);

}  // namespace linkfab::netem
