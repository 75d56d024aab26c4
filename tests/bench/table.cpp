// From samples to a table: reads lines on standard input, prints medians with their ranges, and
// what was promised.
//
//   bench_table [JSON_FILE]
//
//   sample MEASURE SUBJECT UNIT VALUE       one sample; the subjects of a measure are compared
//   goal MEASURE SUBJECT BASE <=|>= NUMBER  median of SUBJECT's samples, each by BASE's ("-": by 1)
//   note TEXT                               what else must be known
//
// The exit status says nothing of the goals: figures are for people to judge.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <json/value.h>
#include <json/writer.h>

namespace {

struct Samples {
  std::string unit;
  std::vector<double> values;

  [[nodiscard]] double median() const {
    auto sorted = values;
    std::ranges::sort(sorted);
    const auto middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
};

// Of neighbours in time, where there are as many of both: what disturbs one disturbs the other.
Samples ratio(const Samples& subject, const Samples& base) {
  Samples ratios;
  if (subject.values.size() == base.values.size()) {
    for (std::size_t i = 0; i < base.values.size(); ++i)
      ratios.values.push_back(subject.values[i] / base.values[i]);
  } else {
    ratios.values.push_back(subject.median() / base.median());
  }
  return ratios;
}

struct Goal {
  std::string measure;
  std::string subject;
  std::string base;
  std::string relation;
  double limit = 0;
};

struct Report {
  std::vector<std::pair<std::string, std::string>> order;  // measure and subject, as first seen
  std::map<std::pair<std::string, std::string>, Samples> samples;
  std::vector<Goal> goals;
  std::vector<std::string> notes;
};

bool read_line(const std::string& line, Report& report) {
  std::istringstream words(line);
  std::string kind;
  words >> kind;
  if (kind == "sample") {
    std::pair<std::string, std::string> key;
    std::string unit;
    double value = 0;
    if (!(words >> key.first >> key.second >> unit >> value)) return false;
    auto [found, first] = report.samples.try_emplace(key);
    if (first) report.order.push_back(key);
    found->second.unit = unit;
    found->second.values.push_back(value);
    return true;
  }
  if (kind == "goal") {
    Goal goal;
    if (!(words >> goal.measure >> goal.subject >> goal.base >> goal.relation >> goal.limit))
      return false;
    report.goals.push_back(goal);
    return true;
  }
  if (kind != "note") return kind.empty();
  report.notes.push_back(line.substr(std::min(line.size(), std::size_t{5})));
  return true;
}

std::string number(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

Json::Value print_samples(const Report& report) {
  Json::Value json(Json::arrayValue);
  fmt::print("| measure | subject | median | min–max | n |\n|---|---|---|---|---|\n");
  for (const auto& key : report.order) {
    const auto& samples = report.samples.at(key);
    const auto [least, most] = std::ranges::minmax(samples.values);
    fmt::print("| {} | {} | {} {} | {}–{} | {} |\n", key.first, key.second,
               number(samples.median()), samples.unit, number(least), number(most),
               samples.values.size());
    Json::Value item;
    item["measure"] = key.first;
    item["subject"] = key.second;
    item["unit"] = samples.unit;
    item["median"] = samples.median();
    for (const double value : samples.values) item["samples"].append(value);
    json.append(item);
  }
  return json;
}

Json::Value print_goals(const Report& report) {
  Json::Value json(Json::arrayValue);
  fmt::print("\n| measure | figure | value | goal | |\n|---|---|---|---|---|\n");
  for (const auto& goal : report.goals) {
    const auto subject = report.samples.find({goal.measure, goal.subject});
    const auto base = report.samples.find({goal.measure, goal.base});
    if (subject == report.samples.end() || (goal.base != "-" && base == report.samples.end()))
      continue;
    const double value =
        goal.base == "-" ? subject->second.median() : ratio(subject->second, base->second).median();
    const bool reached = goal.relation == "<=" ? value <= goal.limit : value >= goal.limit;
    const auto figure = goal.base == "-" ? goal.subject : goal.subject + " / " + goal.base;
    fmt::print("| {} | {} | {} | {} {} | {} |\n", goal.measure, figure, number(value),
               goal.relation, number(goal.limit), reached ? "reached" : "**not reached**");
    Json::Value item;
    item["measure"] = goal.measure;
    item["figure"] = figure;
    item["value"] = value;
    item["relation"] = goal.relation;
    item["limit"] = goal.limit;
    item["reached"] = reached;
    json.append(item);
  }
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  Report report;
  for (std::string line; std::getline(std::cin, line);)
    if (!read_line(line, report)) fmt::print(stderr, "bench_table: cannot read '{}'\n", line);
  Json::Value json;
  for (const auto& note : report.notes) {
    fmt::print("{}\n\n", note);
    json["notes"].append(note);
  }
  json["measures"] = print_samples(report);
  json["goals"] = print_goals(report);
  if (argc > 1)
    std::ofstream(argv[1]) << Json::writeString(Json::StreamWriterBuilder(), json) << '\n';
}
