#include "tools/cli/verify_report.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using measure::Verdict;

std::string text(Verdict verdict) {
  switch (verdict) {
    case Verdict::as_requested:
      return "as requested";
    case Verdict::differs:
      return "differs";
    case Verdict::undecided:
      break;
  }
  return "undecided";
}

Colour colour(Verdict verdict) {
  switch (verdict) {
    case Verdict::as_requested:
      return Colour::green;
    case Verdict::differs:
      return Colour::red;
    case Verdict::undecided:
      break;
  }
  return Colour::dim;
}

// The first row of a direction names it.
class Rows {
 public:
  Rows(Table& table, const Subject& subject) : table_(table), subject_(subject) {}
  void add(const std::string& quality, const std::string& requested, const std::string& measured,
           Verdict verdict, const std::string& reason) {
    table_.add({first_ ? subject_.link : "", first_ ? format(subject_.from) : "",
                first_ ? format(subject_.to) : "", quality, requested, measured,
                Cell{text(verdict) + (reason.empty() ? "" : ": " + reason), colour(verdict)}});
    first_ = false;
  }

 private:
  Table& table_;
  const Subject& subject_;
  bool first_ = true;
};

}  // namespace

bool Verified::differs() const {
  return !not_installed.empty() || std::ranges::any_of(findings, [](const auto& finding) {
    return finding.verdict == Verdict::differs;
  });
}

std::string Verified::verdict() const {
  if (differs()) return "differs";
  if (!measured()) return "not measured";
  const bool open = std::ranges::any_of(
      findings, [](const auto& finding) { return finding.verdict == Verdict::undecided; });
  return open ? "undecided" : "as requested";
}

std::string verify_table(const std::vector<Verified>& all, bool coloured) {
  Table table({"LINK", "FROM", "TO", "QUALITY", "REQUESTED", "MEASURED", "VERDICT"});
  for (const auto& verified : all) {
    Rows rows(table, verified.subject);
    for (const auto& problem : verified.not_installed)
      rows.add("installed", "", "", Verdict::differs, problem);
    for (const auto& finding : verified.findings)
      rows.add(finding.quality, finding.requested, finding.measured, finding.verdict,
               finding.reason);
    if (verified.findings.empty())
      rows.add(verified.not_installed.empty() ? "installed" : "all", "", "",
               verified.not_installed.empty() ? Verdict::as_requested : Verdict::undecided,
               "not measured: " + verified.subject.why_not);
  }
  return table.text(coloured);
}

std::string verify_summary(const std::vector<Verified>& all) {
  const auto are = [&](const std::string& verdict) {
    return std::ranges::count(all, verdict, &Verified::verdict);
  };
  const auto differ = are("differs");
  auto words =
      fmt::format("{} direction{}: {} as requested, {} differ{}", all.size(),
                  all.size() == 1 ? "" : "s", are("as requested"), differ, differ == 1 ? "s" : "");
  for (const auto* const other : {"undecided", "not measured"})
    if (const auto count = are(other); count != 0) words += fmt::format(", {} {}", count, other);
  return words;
}

Json::Value to_json(const Verified& verified) {
  const auto& subject = verified.subject;
  Json::Value json(Json::objectValue);
  json["link"] = subject.link;
  json["from"] = format(subject.from);
  json["to"] = format(subject.to);
  json["requested"] = netem::format(subject.requested);
  json["verdict"] = verified.verdict();
  json["not_installed"] = Json::Value(Json::arrayValue);
  for (const auto& problem : verified.not_installed) json["not_installed"].append(problem);
  json["not_measured"] = verified.findings.empty() ? Json::Value(subject.why_not) : Json::Value();
  json["findings"] = Json::Value(Json::arrayValue);
  for (const auto& finding : verified.findings) {
    Json::Value each(Json::objectValue);
    each["quality"] = finding.quality;
    each["requested"] = finding.requested;
    each["measured"] = finding.measured;
    each["verdict"] = text(finding.verdict);
    each["reason"] = finding.reason.empty() ? Json::Value() : Json::Value(finding.reason);
    json["findings"].append(each);
  }
  return json;
}

}  // namespace linkfab::cli
