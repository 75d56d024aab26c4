// Scenarios that begin and end, of fabric/lab_change.hpp.
#include <utility>

#include <fmt/format.h>

#include "fabric/change_parts.hpp"
#include "fabric/lab_change.hpp"
#include "fabric/scenario_rows.hpp"

namespace linkfab::fabric {

using namespace change_parts;
using ovsdb::Replica;
using ovsdb::Transaction;

Result<void> check_beside(const Scenario& scenario, const std::vector<ScenarioView>& others) {
  const auto targets = targets_of(scenario);
  for (const auto& other : others) {
    if (!overlays(other)) continue;
    if (other.name == scenario.name)
      return failure(
          Errc::exists, "play " + scenario.name,
          fmt::format("a scenario of that name {}; `linkfab play --stop {}` takes it "
                      "away, or give this one another name",
                      other.state == "ended" ? "keeps its last values" : "plays", other.name));
    if (const auto common = common_targets(targets, other.targets); !common.empty())
      return failure(Errc::refused, "play " + scenario.name,
                     fmt::format("scenario {} sets {} too; `linkfab play --stop {}` takes it away",
                                 other.name, common, other.name));
  }
  return {};
}

Result<Transaction> play(const Replica& replica, const Scenario& scenario, const Author& author) {
  if (auto good = check_beside(scenario, view_scenarios(replica)); !good)
    return std::unexpected(good.error());
  auto change = guarded(replica);
  const auto columns = scenario_columns(scenario);
  change.erase("Scenario", ovsdb::by_column("name", scenario.name));
  change.insert("Scenario", columns);
  Touched touched;
  touched.played.emplace(scenario.name, columns);
  close(change, replica, author, {.verb = "play", .about = scenario.name}, touched);
  return change;
}

Result<Transaction> remove_scenario(const Replica& replica, const std::string& name,
                                    const Author& author, bool alone) {
  const auto found = find_row(replica, "Scenario", "scenario", name);
  if (!found) return std::unexpected(found.error());
  auto change = begin(replica, alone);
  change.erase("Scenario", ovsdb::by_uuid(found->first));
  Touched touched;
  touched.stopped.insert(name);
  close(change, replica, author, {.verb = "play --stop", .about = name}, touched);
  return change;
}

}  // namespace linkfab::fabric
