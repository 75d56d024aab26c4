#include <algorithm>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/json_text.hpp"
#include "fabric/quantity.hpp"
#include "fabric/scenario_file.hpp"

namespace linkfab::fabric {
namespace {

std::string time(nanoseconds value) {
  return fmt::format("\"{}\"", linkfab::format(value));
}

std::string list(const std::vector<std::string>& parts, char open, char close) {
  std::string text{open};
  for (const auto& part : parts) {
    if (text.size() > 1) text += ',';
    text += part;
  }
  return text + close;
}

// A distribution table is a list of numbers, all else a text.
std::string setting(const std::string& key, const std::string& value) {
  const bool table = key == "distribution-table" && value != "none";
  return table ? fmt::format("{}:[{}]", quote(key), value)
               : fmt::format("{}:{}", quote(key), quote(value));
}

std::string ranges(const std::vector<Range>& ranges) {
  std::vector<std::string> parts;
  for (const auto& [key, first, last] : ranges)
    parts.push_back(fmt::format("{}:[{},{}]", quote(key), quote(format_quantity(key, first)),
                                quote(format_quantity(key, last))));
  return list(parts, '{', '}');
}

struct ActionText {
  std::string operator()(const SetValues& set) const {
    std::vector<std::string> parts;
    for (const auto& [key, value] : set.settings) parts.push_back(setting(key, value));
    return "\"set\":" + list(parts, '{', '}');
  }
  std::string operator()(const Ramp& ramp) const {
    return fmt::format("\"ramp\":{},\"for\":{},\"every\":{}{}", ranges(ramp.ranges),
                       time(ramp.lasts), time(ramp.every),
                       ramp.geometric ? ",\"geometric\":true" : "");
  }
  std::string operator()(const Draw& draw) const {
    return fmt::format("\"random\":{},\"for\":{},\"every\":{}", ranges(draw.ranges),
                       time(draw.lasts), time(draw.every));
  }
  std::string operator()(const Flap& flap) const {
    const auto jitter = flap.jitter.count() == 0 ? "" : ",\"jitter\":" + time(flap.jitter);
    return fmt::format("\"flap\":{{\"down\":{},\"up\":{}{}}},\"for\":{}", time(flap.down),
                       time(flap.up), jitter, time(flap.lasts));
  }
  std::string operator()(const Cable& cable) const {
    return cable.up ? "\"restore\":true" : "\"cut\":true";
  }
};

std::string format(const Step& step) {
  std::string text = fmt::format("{{\"at\":{},\"link\":{}", time(step.at), quote(step.link));
  if (!step.from.empty()) text += ",\"from\":" + quote(step.from);
  if (step.to.size() == 1) text += ",\"to\":" + quote(step.to.front());
  if (step.to.size() > 1) {
    std::vector<std::string> parts;
    for (const auto& to : step.to) parts.push_back(quote(to));
    text += ",\"to\":" + list(parts, '[', ']');
  }
  return text + ',' + std::visit(ActionText{}, step.action) + '}';
}

}  // namespace

std::string write_scenario(const Scenario& scenario) {
  std::string text = "{";
  if (!scenario.name.empty()) text += fmt::format("\"name\":{},", quote(scenario.name));
  if (scenario.loop) text += "\"loop\":true,";
  if (scenario.speed != 1) text += fmt::format("\"speed\":{},", scenario.speed);
  if (scenario.seed != 0) text += fmt::format("\"seed\":{},", scenario.seed);
  if (scenario.at_end != AtEnd::restore)
    text += fmt::format("\"at_end\":{},", quote(format(scenario.at_end)));
  text += fmt::format("\"length\":{},\"steps\":[", time(scenario.length));
  for (std::size_t i = 0; i < scenario.steps.size(); ++i)
    text += (i == 0 ? "" : ",") + format(scenario.steps[i]);
  return text + "]}";
}

}  // namespace linkfab::fabric
