#include "fabric/scenario.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/topology.hpp"

namespace linkfab::fabric {
namespace {

struct Lasting {
  nanoseconds operator()(const SetValues& /*set*/) const { return {}; }
  nanoseconds operator()(const Cable& /*cable*/) const { return {}; }
  nanoseconds operator()(const auto& lasting) const { return lasting.lasts; }
};

struct Keys {
  std::vector<std::string> operator()(const SetValues& set) const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : set.settings) keys.push_back(key);
    return keys;
  }
  std::vector<std::string> operator()(const Ramp& ramp) const { return of(ramp.ranges); }
  std::vector<std::string> operator()(const Draw& draw) const { return of(draw.ranges); }
  std::vector<std::string> operator()(const auto& /*cable*/) const { return {}; }

  static std::vector<std::string> of(const std::vector<Range>& ranges) {
    std::vector<std::string> keys;
    for (const auto& range : ranges) keys.push_back(range.key);
    return keys;
  }
};

}  // namespace

nanoseconds end_of(const Step& step) {
  return step.at + std::visit(Lasting{}, step.action);
}

bool is_cable(const Step& step) {
  return std::holds_alternative<Flap>(step.action) || std::holds_alternative<Cable>(step.action);
}

std::vector<std::string> keys_of(const Step& step) {
  return std::visit(Keys{}, step.action);
}

Result<void> check_scenario_name(const std::string& name) {
  if (check_node_name(name)) return {};
  return failure(Errc::invalid, fmt::format("name a scenario '{}'", name.substr(0, 80)),
                 "a name has 1 to 63 of A-Z a-z 0-9 . _ - and starts with none of . -");
}

std::string target_name(const std::string& link, const std::string& to) {
  return to.empty() ? link : link + " " + to;
}

Targets targets_of(const Scenario& scenario) {
  std::map<std::string, std::set<std::string>> keys;
  for (const auto& step : scenario.steps) {
    if (is_cable(step)) {
      keys[step.link].insert("up");
      continue;
    }
    const auto named = keys_of(step);
    for (const auto& to : step.to)
      keys[target_name(step.link, to)].insert(named.begin(), named.end());
  }
  Targets targets;
  for (const auto& [target, its_keys] : keys)
    targets.emplace(target, fmt::format("{}", fmt::join(its_keys, ",")));
  return targets;
}

std::string format(AtEnd at_end) {
  return at_end == AtEnd::keep ? "keep" : "restore";
}

}  // namespace linkfab::fabric
