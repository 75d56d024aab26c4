// "did you mean": the known word that is nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace linkfab {

// How many letters must be added, left out, replaced or swapped with their neighbour to turn one
// into the other (optimal string alignment).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known` within two edits (one for words up to three letters), the first of equals;
// empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> known);

// "; did you mean 'addresses'?" to put after a message, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace linkfab
