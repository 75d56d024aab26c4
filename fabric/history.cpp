#include "fabric/history.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/edit.hpp"
#include "fabric/lab_document.hpp"
#include "fabric/merge_patch.hpp"
#include "fabric/running_lab.hpp"

namespace linkfab::fabric {
namespace {

// Where an object stands in a lab's document.
Json::Value& place_of(Json::Value& document, const Touch& touch, const std::string& name) {
  return touch.kind == "lab" ? document : document[touch.kind + "s"][name];
}

// null: it is not there.
const Json::Value& object_of(const Json::Value& document, const Touch& touch,
                             const std::string& name) {
  return touch.kind == "lab" ? document : document[touch.kind + "s"][name];
}

void put_back(Json::Value& document, const Touch& touch, const std::string& name) {
  if (touch.before.isNull()) {
    document[touch.kind + "s"].removeMember(name);
  } else {
    auto& place = place_of(document, touch, name);
    place = patched(std::move(place), touch.before);
  }
}

// A value that is another than the change made it; nullopt: all are as it made them.
std::optional<JsonPath> changed_since(const Json::Value& object, const Touch& touch) {
  if (touch.after.isNull() || object.isNull())
    return touch.after.isNull() == object.isNull() ? std::nullopt : std::optional(JsonPath{});
  if (auto path = first_difference(object, touch.after); path) return path;
  if (touch.before.isNull()) return first_difference(touch.after, object);  // what came later
  return std::nullopt;
}

const Change* find_change(const std::vector<Change>& changes, std::int64_t number) {
  const auto found = std::ranges::find(changes, number, &Change::number);
  return found == changes.end() ? nullptr : &*found;
}

const Change* later_change(const std::vector<Change>& changes, std::int64_t number,
                           const std::string& kind, const std::string& name, const JsonPath& path) {
  for (const auto& change : changes) {
    if (change.number <= number) break;
    for (const auto& touch : change.touches)
      if (touch.kind == kind && touches(touch.after, path) &&
          std::ranges::find(touch.names, name) != touch.names.end())
        return &change;
  }
  return nullptr;
}

std::string by(const Change& change) {
  return change.user.empty() ? change.summary : change.user + ": " + change.summary;
}

std::unexpected<Error> refused(const std::vector<Change>& changes, std::int64_t number,
                               const Touch& touch, const std::string& name, const JsonPath& path) {
  const auto what =
      fmt::format("{} {}{}{}", touch.kind, name, path.empty() ? "" : ": ", fmt::join(path, " "));
  const auto* later = later_change(changes, number, touch.kind, name, path);
  return failure(
      Errc::refused, fmt::format("undo change {}", number),
      later == nullptr
          ? fmt::format("{} is not any more as it made it, by a change that is not in the log",
                        what)
          : fmt::format("change {} has changed it since ({}): {}; undo {} first, or go back to the "
                        "state after change {}",
                        later->number, by(*later), what, later->number, number - 1));
}

Result<ovsdb::Columns> columns_of(const Json::Value& json) {
  ovsdb::Columns columns;
  for (const auto& name : json.getMemberNames()) {
    auto datum = ovsdb::datum_from_json(json[name]);
    if (!datum) return std::unexpected(datum.error());
    columns.emplace_back(name, *std::move(datum));
  }
  return columns;
}

// As it was begun last before that change.
Result<ovsdb::Columns> scenario_before(const std::vector<Change>& changes, std::int64_t number,
                                       const std::string& name) {
  for (const auto& change : changes) {
    if (change.number >= number) continue;
    for (const auto& touch : change.touches)
      if (touch.kind == "scenario" && touch.after.isObject() && touch.names.front() == name)
        return columns_of(touch.after);
  }
  return failure(Errc::refused, fmt::format("undo change {}", number),
                 fmt::format("the steps of scenario {} are not kept any more", name));
}

Result<void> undo_scenario(Undone& undone, const std::set<std::string>& scenarios,
                           const std::vector<Change>& changes, std::int64_t number,
                           const Touch& touch) {
  for (const auto& name : touch.names) {
    if (scenarios.contains(name) == touch.after.isNull())
      return refused(changes, number, touch, name, {});
    if (!touch.after.isNull()) {
      undone.stopped.insert(name);
      continue;
    }
    auto columns = scenario_before(changes, number, name);
    if (!columns) return std::unexpected(columns.error());
    undone.played.emplace(name, *std::move(columns));
  }
  return {};
}

bool changes_nothing(const Touch& touch) {
  return touch.before == touch.after;
}

// Of the lab: a host is no part of it.
bool has_no_opposite(const Touch& touch) {
  return changes_nothing(touch) || touch.kind == "host";
}

}  // namespace

Result<Undone> undone(const Topology& now, const std::set<std::string>& scenarios,
                      const std::vector<Change>& changes, std::int64_t number) {
  const auto attempt = fmt::format("undo change {}", number);
  const auto* change = find_change(changes, number);
  if (change == nullptr)
    return failure(Errc::not_found, attempt,
                   changes.empty() ? "nothing was changed yet"
                                   : fmt::format("there is none; the log has {} to {}",
                                                 changes.back().number, changes.front().number));
  if (std::ranges::all_of(change->touches, has_no_opposite))
    return failure(Errc::refused, attempt,
                   fmt::format("there is no opposite of it ({})", change->summary));
  auto document = lab_document(now);
  Undone undone;
  for (const auto& touch : change->touches) {
    if (touch.kind == "scenario") {
      if (auto done = undo_scenario(undone, scenarios, changes, number, touch); !done)
        return std::unexpected(done.error());
      continue;
    }
    for (const auto& name : touch.names) {
      const auto changed = changed_since(object_of(std::as_const(document), touch, name), touch);
      if (changed && !changes_nothing(touch))
        return refused(changes, number, touch, name, *changed);
      if (!changes_nothing(touch)) put_back(document, touch, name);
    }
  }
  auto topology = read_lab_document(document);
  if (!topology) return failure(Errc::refused, attempt, topology.error().cause);
  undone.topology = *std::move(topology);
  return undone;
}

Result<Topology> topology_after(const Topology& now, const std::vector<Change>& changes,
                                std::int64_t number) {
  const auto attempt = fmt::format("go back to the state after change {}", number);
  const auto newest = changes.empty() ? 0 : changes.front().number;
  if (number > newest || number < 0)
    return failure(
        Errc::not_found, attempt,
        newest == 0 ? "nothing was changed yet" : fmt::format("the newest change is {}", newest));
  if (number < newest && changes.back().number > number + 1)
    return failure(Errc::not_found, attempt,
                   fmt::format("changes before {} are not kept any more", changes.back().number));
  auto document = lab_document(now);
  for (const auto& change : changes) {
    if (change.number <= number) break;
    for (const auto& touch : change.touches) {
      if (touch.kind == "scenario" || has_no_opposite(touch)) continue;
      for (const auto& name : touch.names) {
        const bool there = !object_of(std::as_const(document), touch, name).isNull();
        if (there == touch.after.isNull())
          return failure(Errc::refused, attempt,
                         fmt::format("{} {} is not as change {} left it, by a change that is not "
                                     "in the log",
                                     touch.kind, name, change.number));
        put_back(document, touch, name);
      }
    }
  }
  auto topology = read_lab_document(document);
  if (!topology) return failure(Errc::refused, attempt, topology.error().cause);
  return topology;
}

Result<ovsdb::Transaction> go_back(const ovsdb::Replica& replica, const Undone& wanted,
                                   const Author& author, const ChangeWords& words) {
  auto converged = converge(replica, wanted.topology);
  if (!converged) return std::unexpected(converged.error());
  auto& change = *converged;
  const bool closed = !change.empty();
  if (!closed && wanted.played.empty() && wanted.stopped.empty()) return converged;
  if (!closed)
    for (const auto& [uuid, row] : replica.rows("Fabric"))
      change.require("Fabric", {}, {{"next_cfg", ovsdb::get(row, "next_cfg")}});
  for (const auto& name : wanted.stopped) change.erase("Scenario", ovsdb::by_column("name", name));
  for (const auto& [name, columns] : wanted.played) change.insert("Scenario", columns);
  record(change, replica, author, words,
         {.before = running_lab(replica).topology,
          .after = wanted.topology,
          .restarted = {},
          .played = wanted.played,
          .stopped = wanted.stopped});
  if (!closed) close_change(change, !replica.rows("Fabric").empty());
  return converged;
}

}  // namespace linkfab::fabric
