// The result of `linkfab verify` for people and for programs.
#pragma once

#include <string>
#include <vector>

#include <json/value.h>

#include "measure/judge.hpp"
#include "tools/cli/verify_subjects.hpp"

namespace linkfab::cli {

struct Verified {
  Subject subject;
  std::vector<std::string> not_installed;  // what the kernel holds otherwise
  std::vector<measure::Finding> findings;  // empty where it was not measured
  [[nodiscard]] bool differs() const;
  [[nodiscard]] bool measured() const { return !findings.empty(); }
  // "differs" where anything does, "not measured", "undecided" where anything is, "as requested".
  [[nodiscard]] std::string verdict() const;
};

[[nodiscard]] std::string verify_table(const std::vector<Verified>& all, bool coloured);
// "40 directions: 36 as requested, 1 differs, 1 undecided, 2 not measured"
[[nodiscard]] std::string verify_summary(const std::vector<Verified>& all);
[[nodiscard]] Json::Value to_json(const Verified& verified);

}  // namespace linkfab::cli
