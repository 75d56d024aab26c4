// How fine this kernel's timers are, and what a coarse one does to an impairment.
//
// netem lets a frame go at a timer's time. With high-resolution timers that is exact; without them
// (CONFIG_HIGH_RES_TIMERS, highres=off) it is the next tick: 1 to 10 ms later.
#pragma once

#include <string>

#include "netem/impairment.hpp"

namespace linkfab::netem {

[[nodiscard]] nanoseconds timer_resolution();  // clock_getres(CLOCK_MONOTONIC)

// What will not be as it was asked for, as a sentence; empty where nothing differs by more than a
// tenth.
[[nodiscard]] std::string timer_warning(const Impairment& impairment, nanoseconds resolution);

}  // namespace linkfab::netem
