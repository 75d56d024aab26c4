// When to connect, to which remote, when to probe and when to give up: the clockwork of a session.
//
// Pure: it holds no socket and no clock; every call takes `now`. The remotes are tried in turn,
// each once without waiting; after a round without success it waits, 0.1 s at first, doubling to 8
// s.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/backoff.hpp"

namespace linkfab::ovsdb {

class Reconnect {
 public:
  enum class Action { none, connect, probe, move_on, give_up };

  // How long opening a connection may take.
  static constexpr milliseconds open_limit{5000};
  // A connection that did not hold for this long after it was established counts as a failed try,
  // or a server that accepts and hangs up would be called without a pause.
  static constexpr milliseconds least_life{1000};

  static constexpr milliseconds usual_probe_interval{5000};
  // How long a server that cannot serve is stayed with before the next remote is asked.
  static constexpr milliseconds patience{500};

  // `remotes` is not empty. A probe interval of 0: never; nullopt: the usual one, but never at a
  // unix: remote. Its kernel tells when the other side is gone, so a probe would only find out that
  // it is busy.
  Reconnect(std::vector<std::string> remotes, std::optional<milliseconds> probe_interval);

  void start(TimePoint now);
  void stop();

  // What is to be done now; each action is told once. After give_up the caller closes and calls
  // lost(), after move_on it closes and calls moved().
  [[nodiscard]] Action due(TimePoint now);
  // When to ask due() again, if nothing else happens before.
  [[nodiscard]] std::optional<TimePoint> next() const;
  // The remote in use, or the one to be tried next.
  [[nodiscard]] const std::string& remote() const { return remotes_[current_]; }

  void opened(TimePoint now);       // bytes can flow
  void established(TimePoint now);  // the connection serves its purpose
  void received(TimePoint now);     // any byte
  void lost(TimePoint now);         // or could not be opened
  // The connection stands, but its server cannot serve for now, as one of a cluster without a
  // majority; and it can again. With other remotes they have their turn after a while.
  void unserved(TimePoint now);
  void served() { leave_.reset(); }
  // The connection was given up for one that may serve: the next is tried at once, and nothing
  // failed.
  void moved(TimePoint now);

 private:
  enum class Phase { stopped, waiting, opening, open, probing };

  [[nodiscard]] milliseconds probe_interval() const;
  [[nodiscard]] TimePoint probe_due() const;
  void next_remote(TimePoint now);

  std::vector<std::string> remotes_;
  std::optional<milliseconds> probe_interval_;
  Backoff backoff_;
  Phase phase_ = Phase::stopped;
  std::size_t current_ = 0;
  std::size_t failed_in_round_ = 0;
  TimePoint until_;  // waiting: the next try; opening: the limit; probing: that of the answer
  TimePoint heard_;
  std::optional<TimePoint> leave_;
  std::optional<TimePoint> established_;
};

}  // namespace linkfab::ovsdb
