// Any text at all, as each of the three formats: no crash, findings in the order of the text, and
// what is read is written, read back equal, and can be played.
#include "fabric/scenario_file.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fabric/timeline.hpp"

namespace {

using namespace linkfab::fabric;

void check_findings(const std::vector<Finding>& findings) {
  if (findings.empty()) std::abort();
  for (std::size_t i = 1; i < findings.size(); ++i) {
    const auto& before = findings[i - 1].position;
    const auto& after = findings[i].position;
    if (after.line < before.line || (after.line == before.line && after.column < before.column))
      std::abort();
  }
}

// The first times of each track: every one after the one before.
void play(Scenario scenario) {
  for (auto& step : scenario.steps)
    if (!is_cable(step) && step.to.empty()) step.to = {"a:eth0"};
  const Timeline timeline{std::move(scenario)};
  for (const auto& track : timeline.tracks()) {
    Moment moment{.pass = 3, .time = linkfab::nanoseconds{-1}};
    for (int i = 0; i < 20; ++i) {
      const auto next = timeline.next(track, moment);
      if (!next) break;
      if (*next <= moment.time) std::abort();
      moment.time = *next;
      (void)timeline.at(track, moment);
    }
  }
}

void read(std::string_view text, ScenarioFormat format) {
  const ScenarioDefaults defaults{.name = "fuzz", .link = "l", .bin = std::chrono::hours{24}};
  const auto read = parse_scenario(text, "fuzz", format, defaults);
  if (!read) return check_findings(read.error());
  const auto written = write_scenario(read->scenario);
  const auto again = parse_scenario(written, "again", ScenarioFormat::json);
  if (!again || write_scenario(again->scenario) != written) std::abort();
  play(read->scenario);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const auto format : {ScenarioFormat::csv, ScenarioFormat::json, ScenarioFormat::mahimahi})
    read(text, format);
  return 0;
}
