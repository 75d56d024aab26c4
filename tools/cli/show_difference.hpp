// A difference between two labs as text: what `linkfab plan` and `linkfab diff` print.
#pragma once

#include "fabric/difference.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {

// "+", "~", "-"
[[nodiscard]] const char* mark(fabric::Difference::Action action);
[[nodiscard]] Colour colour(fabric::Difference::Action action);

void print_difference(const fabric::Difference& difference, bool json);

}  // namespace linkfab::cli
