#include "fabric/scenarios.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/log.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::get;

// Has anything changed but what the agent itself wrote?
bool same_wish(const ovsdb::Row& one, const ovsdb::Row& other) {
  return std::ranges::all_of(followed_scenario_columns(), [&](const std::string& column) {
    return column == "started_ns" || get(one, column) == get(other, column);
  });
}

}  // namespace

std::vector<Endpoint> ends_of(const Topology& topology, const std::string& link) {
  if (const auto found = topology.links.find(link); found != topology.links.end())
    return {found->second.a, found->second.b};
  std::vector<Endpoint> ends;
  if (const auto found = topology.segments.find(link); found != topology.segments.end())
    for (const auto& [member, toward] : found->second.members) ends.push_back(member);
  return ends;
}

// What goes makes room for what comes.
bool Scenarios::apply(const ovsdb::Changes& changes, const Now& now) {
  bool changed = false;
  for (const auto& change : changes) {
    if (change.table != "Scenario" || !change.after.empty()) continue;
    forget(change.uuid);
    changed = true;
  }
  for (const auto& change : changes) {
    if (change.table != "Scenario" || change.after.empty()) continue;
    if (known_.contains(change.uuid) && same_wish(change.before, change.after)) continue;
    begin(change.uuid, change.after, now);
    changed = true;
  }
  news_ = news_ || changed;
  return changed;
}

void Scenarios::forget(const ovsdb::Uuid& row) {
  player_.stop(row);
  const auto known = known_.find(row);
  if (known == known_.end()) return;
  log::info(fmt::format("scenario={} stopped", known->second.name));
  log::ended("scenario=" + known->second.name);
  known_.erase(known);
}

void Scenarios::begin(const ovsdb::Uuid& row, const ovsdb::Row& columns, const Now& now) {
  const auto name = get(columns, "name").string();
  const auto before = started(columns);
  auto& known = known_
                    .insert_or_assign(row, Known{.name = name,
                                                 .started = before ? before : now.wall,
                                                 .error = {},
                                                 .record = {directory_, name, !before}})
                    .first->second;
  auto scenario = decode_scenario(columns);
  if (!scenario) player_.stop(row);
  const auto began = now.steady - (now.wall - *known.started);
  const auto played = scenario ? player_.play(row, *std::move(scenario), began, now.steady)
                               : Result<void>(std::unexpected(scenario.error()));
  if (!played) {
    known.error = format(played.error());
    log::repeated("scenario=" + name, known.error);
    return;
  }
  const bool over = player_.status(row, now.steady).state == ScenarioStatus::State::ended;
  if (!over) log::info(fmt::format("scenario={} {}", name, before ? "goes on" : "begins"));
}

std::vector<Player::Change> Scenarios::advance(TimePoint now) {
  auto changes = player_.advance(now);
  for (const auto& row : player_.take_ended()) {
    news_ = true;
    if (const auto known = known_.find(row); known != known_.end())
      log::info(fmt::format("scenario={} ended", known->second.name));
  }
  return changes;
}

Result<void> Scenarios::applied(const std::vector<Player::Change>& changes, const Now& now) {
  player_.applied(changes, now.steady);
  std::map<ovsdb::Uuid, std::vector<Player::Change>> by_row;
  for (const auto& change : changes) by_row[change.row].push_back(change);
  Result<void> result;
  for (const auto& [row, its] : by_row)
    if (const auto known = known_.find(row); known != known_.end())
      if (auto done = known->second.record.add(its, now); !done) result = std::move(done);
  return result;
}

// Links and ends that it names and that are not there now.
std::string Scenarios::missing(const ovsdb::Uuid& row, const Topology& topology) const {
  std::vector<std::string> missing;
  for (const auto& [link, ends] : player_.targets(row)) {
    const auto there = ends_of(topology, link);
    if (there.empty()) missing.push_back(fmt::format("there is no link {} now", link));
    for (const auto& end : ends)
      if (!there.empty() && std::ranges::find(there, end) == there.end())
        missing.push_back(fmt::format("{} is no end of {} now", format(end), link));
  }
  return fmt::format("{}", fmt::join(missing, "; "));
}

std::map<ovsdb::Uuid, ScenarioStatus> Scenarios::status(const Topology* lab, TimePoint now) const {
  std::map<ovsdb::Uuid, ScenarioStatus> all;
  for (const auto& [row, known] : known_) {
    ScenarioStatus status;
    if (known.error.empty()) {
      status = player_.status(row, now);
      if (lab != nullptr && status.state == ScenarioStatus::State::playing)
        status.error = missing(row, *lab);
    } else {
      status = {.state = ScenarioStatus::State::error, .error = known.error};
    }
    status.started = known.started;
    status.record = known.record.file();
    all.emplace(row, std::move(status));
  }
  return all;
}

}  // namespace linkfab::fabric
