// ubridge's filters as the impairment of a link, where the kernel does what they mean.
#pragma once

#include <optional>
#include <vector>

#include "netem/impairment.hpp"
#include "ubridge/filter.hpp"

namespace linkfab::tools {

// For each direction. nullopt: one of them has no equal there (octets spoilt in the middle of a
// frame, an expression that names a host or is not for Ethernet), or one kind is there twice.
// Of "each n-th frame" each direction counts its own.
//
// Frames keep their order whatever the jitter is: a rate that is too high to be noticed makes netem
// do that (net/sched/sch_netem.c, netem_enqueue()).
[[nodiscard]] std::optional<netem::Impairment> kernel_filters(
    const std::vector<ubridge::Filter>& filters);

}  // namespace linkfab::tools
