// What a scenario says at a given time, and when it says something else: a pure function of the
// scenario and the time, so nothing is expanded beforehand and a restart finds its place.
//
// A track is one direction of a link, or a link's cable. Of its steps the one that began last has
// the say over a key. Each pass of a loop starts afresh: a key that no step has named yet in it is
// not said anything of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fabric/scenario.hpp"

namespace linkfab::fabric {

struct Track {
  std::string link;
  std::string to;  // "r2:eth0"; empty: the cable

  // A step as far as it concerns this track.
  struct Piece {
    nanoseconds at{};
    nanoseconds end{};
    nanoseconds every{};     // 0: nothing changes after its beginning
    std::uint32_t step = 0;  // of the scenario
  };
  std::vector<Piece> pieces;  // by time
  struct Key {
    std::string name;
    std::vector<std::uint32_t> pieces;  // that name it, by time
  };
  std::vector<Key> keys;  // none for a cable
};

// What holds on a track.
struct Values {
  Settings settings;       // of a direction: the keys that have been named, in a fixed order
  std::optional<bool> up;  // of a cable, once it has been said
  bool operator==(const Values&) const = default;
};

// A time within a scenario that plays.
struct Moment {
  std::int64_t pass = 0;
  nanoseconds time{};  // from the beginning of the pass, less than the scenario's length
  bool operator==(const Moment&) const = default;
};

class Timeline {
 public:
  // Steps are resolved: `to` is not empty where it is no cable.
  explicit Timeline(Scenario scenario);

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] std::span<const Track> tracks() const { return tracks_; }

  // Where it is that long after its start; one that is not looped stays at its end, pass 0.
  [[nodiscard]] Moment moment(nanoseconds played) const;
  [[nodiscard]] bool ended(nanoseconds played) const {
    return !scenario_.loop && played >= scenario_.length;
  }

  [[nodiscard]] Values at(const Track& track, Moment moment) const;
  // The next time in the same pass at which something is said anew, after the moment's. A time
  // before 0 asks for the first.
  [[nodiscard]] std::optional<nanoseconds> next(const Track& track, Moment moment) const;

 private:
  void sort_keys();
  [[nodiscard]] std::string value(const Track& track, const Track::Key& key,
                                  const Track::Piece& piece, Moment moment) const;
  [[nodiscard]] std::optional<bool> cable(const Track::Piece& piece, Moment moment) const;
  [[nodiscard]] std::optional<nanoseconds> next_edge(const Track::Piece& piece,
                                                     Moment moment) const;
  // The time of a flap's nth change.
  [[nodiscard]] nanoseconds edge(const Flap& flap, const Track::Piece& piece, std::int64_t pass,
                                 std::int64_t index) const;

  Scenario scenario_;
  std::vector<Track> tracks_;
};

}  // namespace linkfab::fabric
