// The learn action in its wire form: NXAST_LEARN, or NXAST_LEARN2 where it has a limit.
#pragma once

#include "core/bytes.hpp"
#include "openflow/flow.hpp"

namespace linkfab::openflow {

inline constexpr std::uint16_t NXAST_LEARN = 16;
inline constexpr std::uint16_t NXAST_LEARN2 = 45;

void encode_learn(Writer& out, const LearnSource& learn);
// What varies in a learn action of ours, from behind its subtype.
[[nodiscard]] LearnSource guess_learn(Reader& in, bool with_limit);

}  // namespace linkfab::openflow
