// The scenarios of the Linkfab database: their rows followed, played (fabric/player.hpp), recorded
// (fabric/play_record.hpp), and reported on.
//
// A row without a beginning begins when it is seen; the beginning goes into its status, and the
// agent that comes next goes on from there. It is told in wall-clock time: a clock that is set in
// between moves the scenario by as much.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fabric/play_record.hpp"
#include "fabric/player.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

class Scenarios {
 public:
  // Records go into that directory.
  explicit Scenarios(std::string directory) : directory_(std::move(directory)) {}

  // Follows the database. True: something plays now that did not, or the other way round.
  bool apply(const ovsdb::Changes& changes, const Now& now);

  [[nodiscard]] const Overlay& overlay() const { return player_.overlay(); }
  [[nodiscard]] std::optional<TimePoint> next() const { return player_.next(); }
  [[nodiscard]] std::vector<Player::Change> advance(TimePoint now);
  // The changes are in force since `now`. An error is one of the record.
  [[nodiscard]] Result<void> applied(const std::vector<Player::Change>& changes, const Now& now);

  // Links to be looked at as a whole, since the last call.
  [[nodiscard]] std::set<std::string> take_touched() { return player_.take_touched(); }
  // True once after the state of one has changed.
  [[nodiscard]] bool take_news() { return std::exchange(news_, false); }

  // `lab` tells which targets have gone; nullptr: only a part of it is known here, so nobody can.
  [[nodiscard]] std::map<ovsdb::Uuid, ScenarioStatus> status(const Topology* lab,
                                                             TimePoint now) const;

 private:
  struct Known {
    std::string name;
    std::optional<WallTime> started;
    std::string error;  // why it is not played
    PlayRecord record;
  };

  void begin(const ovsdb::Uuid& row, const ovsdb::Row& columns, const Now& now);
  void forget(const ovsdb::Uuid& row);
  [[nodiscard]] std::string missing(const ovsdb::Uuid& row, const Topology& topology) const;

  std::string directory_;
  Player player_;
  std::map<ovsdb::Uuid, Known> known_;
  bool news_ = false;
};

// The ends of a link or segment; empty: there is none of that name.
[[nodiscard]] std::vector<Endpoint> ends_of(const Topology& topology, const std::string& link);

}  // namespace linkfab::fabric
