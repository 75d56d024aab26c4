// KEY=VALUE words of a command line, and what they make of an impairment; and --underlay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "netem/impairment.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::cli {

struct Setting {
  std::string key;
  std::string value;
  bool operator==(const Setting&) const = default;
};

// The single word "none" is the empty list: clear all. Throws UsageError where a word is no
// KEY=VALUE.
[[nodiscard]] Result<std::vector<Setting>> parse_settings(const std::vector<std::string>& words);

// What is not named keeps its value; KEY=none clears a key; no setting at all clears everything.
[[nodiscard]] Result<netem::Impairment> apply_settings(netem::Impairment impairment,
                                                       const std::vector<Setting>& settings);

// Of a link: is the delay of the network between hosts to be subtracted? nullopt: nothing is said.
extern const Option underlay_option;
[[nodiscard]] std::optional<bool> subtracts_underlay(const Invocation& invocation);

}  // namespace linkfab::cli
