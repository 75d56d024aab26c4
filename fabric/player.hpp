// Plays scenarios: keeps an overlay at what they say now, and counts how late that was.
//
// Pure but for that: times are arguments, and who makes the kernel follow the overlay is the agent.
// A scenario is put in with the time at which it began, so one that began long ago goes on in its
// place. Two that name the same key of the same direction are not both played.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/backoff.hpp"
#include "fabric/lateness.hpp"
#include "fabric/overlay.hpp"
#include "fabric/scenario_rows.hpp"
#include "fabric/timeline.hpp"
#include "ovsdb/uuid.hpp"

namespace linkfab::fabric {

class Player {
 public:
  // The scenario of a row, also in place of what that row said before. What it says at `now` lies
  // over the links at once; what is due later by advance(). An error where it contradicts another.
  [[nodiscard]] Result<void> play(const ovsdb::Uuid& row, Scenario scenario, TimePoint began,
                                  TimePoint now);
  // Nothing is left of it.
  void stop(const ovsdb::Uuid& row);

  // Something that a scenario says anew, or, at its end, does not say any more.
  struct Change {
    ovsdb::Uuid row;
    std::string link;
    std::string to;  // "r2:eth0"; empty: the cable
    TimePoint due;
    Moment moment;
    Values values;
    bool operator==(const Change&) const = default;
  };
  // All that is due at `now`, in the overlay. Where more than one time of a track was due, the last
  // one only.
  [[nodiscard]] std::vector<Change> advance(TimePoint now);
  // When advance() has something to do.
  [[nodiscard]] std::optional<TimePoint> next() const;
  // The changes are in force since `now`.
  void applied(const std::vector<Change>& changes, TimePoint now);

  [[nodiscard]] const Overlay& overlay() const { return overlay_; }
  // Links of which something else than the changes must be looked at: what began, ended or went
  // since the last call.
  [[nodiscard]] std::set<std::string> take_touched();
  // Rows that ended since the last call.
  [[nodiscard]] std::set<ovsdb::Uuid> take_ended();

  // nullptr: it is not played.
  [[nodiscard]] const Scenario* scenario(const ovsdb::Uuid& row) const;
  [[nodiscard]] ScenarioStatus status(const ovsdb::Uuid& row, TimePoint now) const;
  // The links that it names, each with the ends toward which it says something.
  [[nodiscard]] std::map<std::string, std::set<Endpoint>> targets(const ovsdb::Uuid& row) const;

 private:
  struct Playing;
  using Queue = std::map<std::tuple<TimePoint, ovsdb::Uuid, std::size_t>, Moment>;

  [[nodiscard]] Result<void> check_free(const ovsdb::Uuid& row, const Playing& wanted) const;
  // Looks at a track at a moment, and puts its next time into the queue.
  void schedule(const ovsdb::Uuid& row, Playing& playing, std::size_t track, Moment after);
  bool say(Playing& playing, std::size_t track, const Values& values);
  // Several scenarios may have a say over a direction, each over other keys.
  void lay(const std::string& link, const Endpoint& toward);
  void join(const ovsdb::Uuid& row, Playing& playing);
  void end(const ovsdb::Uuid& row, Playing& playing);
  void clear(const ovsdb::Uuid& row, Playing& playing);

  std::map<ovsdb::Uuid, std::shared_ptr<Playing>> playing_;
  // Who has a say over a direction, and by which of its tracks.
  std::map<std::pair<std::string, Endpoint>, std::map<ovsdb::Uuid, std::size_t>> users_;
  Queue queue_;  // of tracks; the one after the last is the end
  Overlay overlay_;
  std::set<std::string> touched_;
  std::set<ovsdb::Uuid> ended_;
};

}  // namespace linkfab::fabric
