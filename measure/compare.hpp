// A share of frames that was seen, against the chance that was asked for. Pure.
#pragma once

#include <string>

#include "measure/judge.hpp"
#include "measure/loss_process.hpp"

namespace linkfab::measure {

struct Counted {
  std::string quality;
  double count = 0;
  double total = 0;
};

// "1.2% [0.9%, 1.6%]". `inflation`: Chance::inflation().
[[nodiscard]] std::string share_text(const Counted& counted, const Rules& rules,
                                     double inflation = 1);

// `requested` is how it was asked for.
[[nodiscard]] Finding compare(const Counted& counted, const Chance& chance, std::string requested,
                              const Rules& rules);

}  // namespace linkfab::measure
