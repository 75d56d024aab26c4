// A scenario as a table: a column a key, a row a time. docs/scenarios.md.
#include <algorithm>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "core/units.hpp"
#include "fabric/csv.hpp"
#include "fabric/json_text.hpp"
#include "fabric/scenario_key.hpp"
#include "fabric/scenario_preset.hpp"
#include "fabric/scenario_reading.hpp"

namespace linkfab::fabric {
namespace {

class CsvScenario {
 public:
  explicit CsvScenario(ScenarioReading& reading) : reading_(reading), rows_(reading.report.text) {}

  void read() {
    const auto text = reading_.report.text;
    if (const auto at = find_invalid_utf8(text); at != std::string_view::npos)
      return report(at, "not UTF-8 text");
    if (const auto at = text.find('\0'); at != std::string_view::npos)
      return report(at, "a text may not hold a zero byte");
    if (const auto header = rows_.next()) {
      read_header(*header);
      if (good())
        while (const auto row = next_row()) read_row(*row);
    } else if (!rows_.fault()) {
      report(0, "the header is missing: a line such as time,delay,loss");
    }
    if (rows_.fault()) report(rows_.fault()->offset, rows_.fault()->cause);
    // The last time is the end, whether anything is set there or not.
    reading_.read.scenario.length = last_;
  }

 private:
  [[nodiscard]] bool good() const { return reading_.report.found.empty(); }
  void report(std::size_t offset, std::string cause) {
    reading_.report.found.push_back({offset, {}, std::move(cause)});
  }

  std::optional<std::vector<CsvCell>> next_row() {
    const bool enough = reading_.report.found.size() >= most_findings ||
                        reading_.read.scenario.steps.size() > most_steps;
    return enough ? std::nullopt : rows_.next();
  }

  void read_header(const std::vector<CsvCell>& header) {
    std::vector<std::string_view> known{"time", "link", "from", "to", "up", preset_key};
    for (const auto& option : scenario_keys()) known.push_back(option.key);
    for (const auto& cell : header) {
      if (std::ranges::find(known, cell.text) == known.end())
        report(cell.offset, fmt::format("unknown column '{}'{}", cell.text.substr(0, 80),
                                        did_you_mean(cell.text, known)));
      if (std::ranges::find(columns_, cell.text) != columns_.end())
        report(cell.offset, fmt::format("the column '{}' is there twice", cell.text));
      columns_.push_back(cell.text);
    }
    const auto has = [&](std::string_view name) {
      return std::ranges::find(columns_, name) != columns_.end();
    };
    if (!has("time"))
      report(header.front().offset, "the column 'time' is missing; the first line names columns");
    if (!has("link") && reading_.defaults.link.empty())
      report(header.front().offset,
             "no link is named: add a column 'link', or give LINK before the file");
  }

  void read_row(const std::vector<CsvCell>& row) {
    if (row.size() != columns_.size())
      return report(row.front().offset, fmt::format("the row has {} cells, the header {}",
                                                    row.size(), columns_.size()));
    const auto& defaults = reading_.defaults;
    Step step{.at = {}, .link = defaults.link, .from = defaults.from, .to = {}, .action = {}};
    std::string to = defaults.to;
    Settings settings;
    std::optional<bool> up;
    std::size_t place = row.front().offset;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& [text, offset] = row[i];
      const auto& column = columns_[i];
      if (column == "time") {
        step.at = read_time(row[i]);
      } else if (text.empty()) {
        continue;
      } else if (column == "link") {
        step.link = text;
        place = offset;
      } else if (column == "from") {
        step.from = text;
      } else if (column == "to") {
        to = text;
      } else if (column == "up") {
        up = read_up(row[i]);
      } else {
        if (const auto good = check_setting(column, text); !good)
          report(offset, fmt::format("'{}': {}", text.substr(0, 80), good.error().cause));
        settings.emplace_back(column, text);
      }
    }
    if (!to.empty()) step.to = {to};
    if (settings.empty() && !up) return;
    if (step.link.empty()) return report(place, "the row names no link");
    if (up)
      add({.at = step.at, .link = step.link, .from = {}, .to = {}, .action = Cable{*up}}, place);
    if (settings.empty()) return;
    step.action = SetValues{std::move(settings)};
    add(std::move(step), place);
  }

  void add(Step step, std::size_t offset) {
    reading_.read.scenario.steps.push_back(std::move(step));
    reading_.read.places.push_back({offset, {}});
  }

  nanoseconds read_time(const CsvCell& cell) {
    const auto time = parse_time(cell.text);
    if (!time) {
      report(cell.offset, time.error().cause);
      return last_;
    }
    if (*time < last_)
      report(cell.offset, fmt::format("{} comes before {}, the time of the row before; times do "
                                      "not go backwards",
                                      linkfab::format(*time), linkfab::format(last_)));
    return last_ = std::max(last_, *time);
  }

  std::optional<bool> read_up(const CsvCell& cell) {
    if (cell.text == "up" || cell.text == "down" || cell.text == "cut") return cell.text == "up";
    if (const auto up = parse_bool(cell.text)) return *up;
    report(cell.offset, fmt::format("'{}' is none of yes, no, up, down", cell.text.substr(0, 80)));
    return std::nullopt;
  }

  ScenarioReading& reading_;
  CsvReader rows_;
  std::vector<std::string> columns_;
  nanoseconds last_{};
};

}  // namespace

void read_csv(ScenarioReading& reading) {
  CsvScenario{reading}.read();
}

}  // namespace linkfab::fabric
