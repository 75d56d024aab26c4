// What a loss model does in the long run, by its Markov chain. Pure.
//
// Sources: loss_4state() and loss_gilb_ell() in net/sched/sch_netem.c; tc-netem(8).
#pragma once

#include <optional>

#include "netem/impairment.hpp"

namespace linkfab::measure {

struct LossProcess {
  double probability = 0;  // of a frame to be lost
  // The variance of the share lost among n frames in a row, over that of independent ones: n frames
  // tell as much as n / inflation independent ones.
  double inflation = 1;
};

// nullopt for a random loss with a correlation, whose law is the kernel's own and is not what its
// name says.
[[nodiscard]] std::optional<LossProcess> loss_process(const netem::Loss& loss);

}  // namespace linkfab::measure
