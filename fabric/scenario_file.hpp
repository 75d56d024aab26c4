// Scenario files: CSV, JSON with comments, and packet delivery traces of mahimahi.
// docs/scenarios.md is their reference.
//
// Reading is in two parts, so that the first needs no lab: parse_scenario() takes the text,
// resolve() puts names of links and ends in their full form and checks what they are set to.
// Both report everything that is wrong, each with its place.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/finding.hpp"
#include "fabric/scenario.hpp"
#include "netem/impairment.hpp"

namespace linkfab::fabric {

enum class ScenarioFormat { csv, json, mahimahi };
// JSON starts with a brace or a comment of its own, a trace with a bare number.
[[nodiscard]] ScenarioFormat guess_format(std::string_view text);

inline constexpr std::size_t longest_scenario_text = std::size_t{64} << 20;  // bytes

// What the file does not say: of its steps, of a trace.
struct ScenarioDefaults {
  std::string name;
  std::string link;
  std::string from;
  std::string to;
  nanoseconds bin = std::chrono::milliseconds{100};  // of a trace; 1 ms or more
};

struct ScenarioText {
  Scenario scenario;
  struct Place {
    std::size_t offset = 0;
    std::string path;
  };
  std::vector<Place> places;  // of each step
};

// `file` is what findings are reported for. Nothing is opened.
[[nodiscard]] std::expected<ScenarioText, std::vector<Finding>> parse_scenario(
    std::string_view text, const std::string& file, ScenarioFormat format,
    const ScenarioDefaults& defaults = {});

struct KnownLink {
  std::string name;
  bool segment = false;
  struct End {
    std::string name;  // "r1:eth0"
    netem::Impairment toward;
  };
  std::vector<End> ends;  // of a link two
};
using FindLink = std::function<Result<const KnownLink*>(const std::string& name)>;
[[nodiscard]] std::expected<Scenario, std::vector<Finding>> resolve(ScenarioText read,
                                                                    std::string_view text,
                                                                    const std::string& file,
                                                                    const FindLink& find);

// As JSON, on one line. parse_scenario() gives the same scenario back.
[[nodiscard]] std::string write_scenario(const Scenario& scenario);

}  // namespace linkfab::fabric
