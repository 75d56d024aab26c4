// Compares what was asked of a direction with what was seen of it. Pure.
//
// An estimate always has its interval, at `confidence`. A verdict is another matter: it is
// `differs` only where chance, at `alarm`, and the tolerance cannot explain the difference, so that
// thousands of verdicts a day raise no false alarm. Where the figures cannot tell, it is
// `undecided` and says why; it is never called right for lack of evidence against it alone.
#pragma once

#include <string>
#include <vector>

#include "measure/record.hpp"
#include "netem/impairment.hpp"

namespace linkfab::measure {

struct Rules {
  double confidence = 0.99;          // of the intervals that are printed
  double alarm = 1e-6;               // the chance of `differs` where all is right, each
  nanoseconds tolerance{300'000};    // of a delay: what the host itself takes for a frame
  double relative_tolerance = 0.01;  // of a delay, a jitter, a rate
};

enum class Verdict { as_requested, differs, undecided };

struct Finding {
  std::string quality;    // "delay", "jitter", "loss", "duplicate", "corrupt", "reorder", "order",
                          // "rate", "burst", "distribution"
  std::string requested;  // "20ms"; "none"
  std::string measured;   // "20.03ms [20.02ms, 20.05ms]"
  Verdict verdict = Verdict::undecided;
  std::string reason;  // of anything but as_requested
};

// One finding for every quality that was asked for, and for those that were not and are there.
// `delay` and `loss` always come.
[[nodiscard]] std::vector<Finding> judge(const netem::Impairment& requested, const Record& record,
                                         const Rules& rules);

}  // namespace linkfab::measure
