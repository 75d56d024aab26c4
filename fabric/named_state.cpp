#include "fabric/named_state.hpp"

#include <charconv>

#include "fabric/change_log.hpp"
#include "fabric/history.hpp"
#include "fabric/running_lab.hpp"

namespace linkfab::fabric {

std::optional<std::int64_t> change_word(std::string_view word) {
  std::int64_t number = 0;
  const auto* const end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc{} || rest != end || number < 0) return std::nullopt;
  return number;
}

Result<Topology> named_state(const ovsdb::Replica& replica, std::span<const LabSnapshot> snapshots,
                             const std::string& word) {
  if (word == running_word) return running_lab(replica).topology;
  if (const auto number = change_word(word); number)
    return topology_after(running_lab(replica).topology, decode_changes(replica.rows("Change")),
                          *number);
  const auto snapshot = find_snapshot(snapshots, word);
  if (!snapshot) return std::unexpected(snapshot.error());
  return topology_of(**snapshot);
}

}  // namespace linkfab::fabric
