// Scenarios read from text, for tests.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "fabric/scenario_file.hpp"

namespace linkfab::fabric {

// Links "l" of a:eth0 and b:eth0, and "m" of the same nodes; a segment "lan" of three.
inline const KnownLink* known_link(const std::string& name) {
  static const std::vector<KnownLink> links{
      {.name = "l", .ends = {{"a:eth0", {}}, {"b:eth0", {}}}},
      {.name = "m", .ends = {{"a:eth1", {}}, {"b:eth1", {}}}},
      {.name = "lan", .segment = true, .ends = {{"a:eth2", {}}, {"b:eth2", {}}, {"c:eth2", {}}}}};
  for (const auto& link : links)
    if (link.name == name) return &link;
  return nullptr;
}

using ScenarioOrFindings = std::expected<Scenario, std::vector<std::string>>;

inline ScenarioOrFindings read(std::string_view text, const ScenarioDefaults& defaults = {}) {
  const auto told = [](const std::vector<Finding>& findings) {
    std::vector<std::string> lines;
    for (const auto& finding : findings) lines.push_back(format(finding));
    return std::unexpected(lines);
  };
  auto parsed = parse_scenario(text, "s", guess_format(text), defaults);
  if (!parsed) return told(parsed.error());
  const auto find = [](const std::string& name) -> Result<const KnownLink*> {
    if (const auto* link = known_link(name)) return link;
    return failure(Errc::not_found, "link " + name, "there is none of that name");
  };
  auto resolved = resolve(*std::move(parsed), text, "s", find);
  if (!resolved) return told(resolved.error());
  return *std::move(resolved);
}

inline Scenario scenario_of(std::string_view text, const ScenarioDefaults& defaults = {}) {
  auto scenario = read(text, defaults);
  if (scenario) return *std::move(scenario);
  throw std::runtime_error(scenario.error().front());
}

}  // namespace linkfab::fabric
