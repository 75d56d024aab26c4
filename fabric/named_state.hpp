// States of a lab by the words that people have for them: "running"; the number of a change, for
// the state after it, 0 for the one before the first; the name of a snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "fabric/lab_snapshot.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

inline constexpr std::string_view running_word = "running";

// The number of a change; nullopt: the word is none.
[[nodiscard]] std::optional<std::int64_t> change_word(std::string_view word);

// The replica is one of state_columns() (fabric/rows.hpp) and of whole changes; of the snapshots,
// which are all that there are, the one of that name has its topology. Errc::not_found says what
// is missing; the errors of topology_after() (fabric/history.hpp).
[[nodiscard]] Result<Topology> named_state(const ovsdb::Replica& replica,
                                           std::span<const LabSnapshot> snapshots,
                                           const std::string& word);

}  // namespace linkfab::fabric
