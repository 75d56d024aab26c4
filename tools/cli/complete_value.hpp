// Values of a key as candidates, from the words that tell people how to write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/complete.hpp"

namespace linkfab::cli {

// Keys of `linkfab set`, each with its '=', and after "KEY=" its values.
[[nodiscard]] std::vector<Candidate> complete_setting(std::string_view typed);

// A number with each unit of a quantity: "TIME", "RATE", "PERCENT". Without a number there is
// nothing to say.
[[nodiscard]] std::vector<std::string> complete_quantity(std::string_view quantity,
                                                         std::string_view typed);

}  // namespace linkfab::cli
