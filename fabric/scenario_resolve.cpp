#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/overlay.hpp"
#include "fabric/quantity.hpp"
#include "fabric/scenario_file.hpp"
#include "fabric/scenario_preset.hpp"
#include "fabric/scenario_reading.hpp"

namespace linkfab::fabric {
namespace {

// What the ends of a step undergo because of it: the values at its beginning, and its last ones.
struct Said {
  std::vector<Settings> operator()(const SetValues& set) const { return {set.settings}; }
  std::vector<Settings> operator()(const Ramp& ramp) const { return of(ramp.ranges); }
  std::vector<Settings> operator()(const Draw& draw) const { return of(draw.ranges); }
  std::vector<Settings> operator()(const auto& /*cable*/) const { return {}; }

  static std::vector<Settings> of(const std::vector<Range>& ranges) {
    std::vector<Settings> both(2);
    for (const auto& [key, first, last] : ranges) {
      both[0].emplace_back(key, format_quantity(key, first));
      both[1].emplace_back(key, format_quantity(key, last));
    }
    return both;
  }
};

class Resolver {
 public:
  Resolver(ScenarioText read, std::string_view text, const FindLink& find)
      : read_(std::move(read)), find_(find) {
    report_.text = text;
    if (text.starts_with("\xef\xbb\xbf")) report_.text.remove_prefix(3);
  }

  std::expected<Scenario, std::vector<Finding>> resolve(const std::string& file) {
    auto written = std::exchange(read_.scenario.steps, {});
    for (place_ = 0; place_ < written.size() && report_.found.size() < most_findings; ++place_) {
      auto step = std::move(written[place_]);
      const auto* link = known(step.link);
      if (link == nullptr) continue;
      step.link = link->name;
      if (!is_cable(step) && !choose_ends(step, *link)) continue;
      for (auto& each : by_direction(std::move(step), *link)) {
        if (!is_cable(each)) check_values(each, *link);
        read_.scenario.steps.push_back(std::move(each));
      }
    }
    if (!report_.found.empty()) return std::unexpected(locate(std::move(report_), file));
    return std::move(read_.scenario);
  }

 private:
  void report(std::string cause) {
    const auto& [offset, path] = read_.places[place_];
    report_.found.push_back({offset, path, std::move(cause)});
  }

  const KnownLink* known(const std::string& name) {
    const auto [place, fresh] = links_.try_emplace(name, nullptr);
    if (!fresh) return place->second;  // what is wrong with it has been said
    const auto found = find_(name);
    if (found)
      place->second = *found;
    else
      report(format(found.error()));
    return place->second;
  }

  std::optional<std::size_t> end(const KnownLink& link, const std::string& text) {
    std::vector<std::size_t> found;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < link.ends.size(); ++i) {
      const auto& name = link.ends[i].name;
      names.push_back(name);
      if (name == text || name.substr(0, name.find(':')) == text) found.push_back(i);
    }
    if (found.size() == 1) return found.front();
    report(fmt::format("{} end of {} is called '{}'; its ends are {}",
                       found.empty() ? "no" : "more than one", link.name, text,
                       fmt::join(names, ", ")));
    return std::nullopt;
  }

  bool choose_ends(Step& step, const KnownLink& link) {
    std::vector<std::string> ends;
    for (const auto& text : step.to) {
      const auto found = end(link, text);
      if (!found) return false;
      ends.push_back(link.ends[*found].name);
    }
    if (!step.from.empty()) {
      if (link.segment)
        return report("an impairment of a segment is toward a member; use \"to\""), false;
      const auto found = end(link, step.from);
      if (!found) return false;
      const auto& other = link.ends[1 - *found].name;
      if (!ends.empty() && ends != std::vector{other})
        return report("\"from\" and \"to\" name the same end"), false;
      ends = {other};
    }
    if (ends.empty())
      for (const auto& each : link.ends) ends.push_back(each.name);
    std::ranges::sort(ends);
    ends.erase(std::ranges::unique(ends).begin(), ends.end());
    step.from.clear();
    step.to = std::move(ends);
    return true;
  }

  // As a preset stands in a link of a topology, the second end is the subscriber.
  std::vector<Step> by_direction(Step step, const KnownLink& link) {
    if (!has_preset(step)) return {std::move(step)};
    std::vector<Step> steps;
    for (const auto& to : step.to) {
      const bool up = !link.segment && to == link.ends.front().name;
      const auto direction = up ? netem::PresetDirection::up : netem::PresetDirection::down;
      const auto values = without_preset(std::get<SetValues>(step.action).settings, direction);
      if (!values) return report(values.error().cause), steps;
      steps.push_back(step);
      steps.back().to = {to};
      steps.back().action = SetValues{*values};
    }
    return steps;
  }

  // With what else holds by then: reorder needs a delay, whoever sets it.
  void check_values(const Step& step, const KnownLink& link) {
    for (const auto& to : step.to) {
      auto& said = said_[target_name(link.name, to)];
      const auto& row = std::ranges::find(link.ends, to, &KnownLink::End::name)->toward;
      for (const auto& settings : std::visit(Said{}, step.action)) {
        for (const auto& [key, value] : settings) said[key] = value;
        const auto effective = overlaid(row, {said.begin(), said.end()});
        if (effective) continue;
        report(fmt::format("toward {}: {}", to, format(effective.error())));
        return;
      }
    }
  }

  ScenarioText read_;
  const FindLink& find_;
  JsonReport report_;
  std::size_t place_ = 0;
  std::map<std::string, const KnownLink*> links_;
  std::map<std::string, std::map<std::string, std::string>> said_;  // by direction
};

}  // namespace

std::expected<Scenario, std::vector<Finding>> resolve(ScenarioText read, std::string_view text,
                                                      const std::string& file,
                                                      const FindLink& find) {
  return Resolver{std::move(read), text, find}.resolve(file);
}

}  // namespace linkfab::fabric
