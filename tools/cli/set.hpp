// KEY=VALUE words of a command line, and what they make of an impairment.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "netem/impairment.hpp"

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

}  // namespace linkfab::cli
