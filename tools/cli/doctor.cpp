// linkfab doctor: is this host fit for it?
#include <algorithm>

#include <fmt/format.h>

#include "tools/cli/commands.hpp"
#include "tools/cli/doctor_checks.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using Verdict = Finding::Verdict;

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::missing:
      return "missing";
    case Verdict::optional:
      return "optional-missing";
  }
  return "";
}

std::vector<Finding> examine() {
  std::vector<Finding> findings{check_privileges(), check_agent_program()};
  const auto add = [&](std::vector<Finding> more) {
    std::ranges::move(more, std::back_inserter(findings));
  };
  add(check_kernel());
  add(check_openvswitch());
  add({check_engine(), check_gateways(), check_timers(), check_ipv6()});
  return findings;
}

void print_text(const std::vector<Finding>& findings) {
  const bool coloured = coloured_output();
  Table table({"CHECK", "RESULT", "DETAIL"});
  for (const auto& finding : findings)
    table.add({finding.name,
               Cell(name_of(finding.verdict), colour_of_state(name_of(finding.verdict))),
               finding.detail});
  print(table.text(coloured));
  bool first = true;
  for (const auto& finding : findings) {
    if (finding.remedy.empty()) continue;
    print(fmt::format("{}{}: {}\n", first ? "\nHow to get what is missing:\n  " : "  ",
                      finding.name, finding.remedy));
    first = false;
  }
}

Json::Value findings_json(const std::vector<Finding>& findings) {
  Json::Value json(Json::objectValue);
  json["checks"] = Json::Value(Json::arrayValue);
  for (const auto& finding : findings) {
    Json::Value check(Json::objectValue);
    check["name"] = finding.name;
    check["result"] = name_of(finding.verdict);
    check["detail"] = finding.detail;
    check["remedy"] = finding.remedy.empty() ? Json::Value() : Json::Value(finding.remedy);
    json["checks"].append(std::move(check));
  }
  return json;
}

Result<int> doctor(const Invocation& invocation) {
  const auto findings = examine();
  if (invocation.json()) {
    print_json(findings_json(findings));
  } else {
    print_text(findings);
  }
  const bool fit = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.verdict == Verdict::missing; });
  return fit ? success : failed;
}

}  // namespace

const Command doctor_command{
    .name = "doctor",
    .group = "Host",
    .synopsis = "[--json]",
    .summary = "Check whether this host has what linkfab needs",
    .text =
        "Looks at privileges, kernel, Open vSwitch, container engine and timers and says how to "
        "get what is missing. Changes\n"
        "nothing. The exit status is 1 where something is missing that linkfab cannot do "
        "without.\n",
    .examples = "  sudo linkfab doctor\n",
    .options = {{"json", "", "print JSON"}},
    .run = doctor,
};

}  // namespace linkfab::cli
