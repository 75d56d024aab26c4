#include "fabric/player.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

namespace linkfab::fabric {
namespace {

constexpr std::uint64_t most_skipped = 100'000;  // counted at one time

// The keys that leave super-frames whole.
bool of_single_frames(const std::string& key) {
  return !key.starts_with("delay") && !key.starts_with("distribution") && key != "jitter" &&
         key != "extra-delay" && key != "seed";
}

nanoseconds scaled(nanoseconds time, double factor) {
  if (factor == 1) return time;
  const auto product = std::llround(static_cast<long double>(time.count()) * factor);
  return nanoseconds{product};
}

bool earlier(const Moment& one, const Moment& other) {
  return std::tie(one.pass, one.time) < std::tie(other.pass, other.time);
}

}  // namespace

struct Player::Playing {
  Timeline timeline;
  TimePoint began;
  Targets targets;
  std::vector<Values> said;                 // by track
  std::vector<std::optional<Endpoint>> to;  // the same; nullopt: a cable, or no interface's name
  bool ended = false;
  std::uint64_t steps = 0;
  std::uint64_t skipped = 0;
  Lateness lateness;

  [[nodiscard]] Moment moment(TimePoint now) const {
    const auto played = std::max(now - began, TimePoint::duration{});
    return timeline.moment(scaled(played, timeline.scenario().speed));
  }
  [[nodiscard]] TimePoint time(const Moment& moment) const {
    const auto played = moment.pass * timeline.scenario().length + moment.time;
    return began + scaled(played, 1 / timeline.scenario().speed);
  }
  // It ended, and lays nothing over anything.
  [[nodiscard]] bool over() const { return ended && timeline.scenario().at_end == AtEnd::restore; }
  [[nodiscard]] std::size_t end_index() const { return timeline.tracks().size(); }
};

Result<void> Player::check_free(const ovsdb::Uuid& row, const Playing& wanted) const {
  for (const auto& [other, playing] : playing_) {
    if (other == row || playing->over()) continue;
    if (const auto common = common_targets(wanted.targets, playing->targets); !common.empty())
      return failure(
          Errc::conflict, "play " + wanted.timeline.scenario().name,
          fmt::format("scenario {} sets {} too", playing->timeline.scenario().name, common));
  }
  return {};
}

Result<void> Player::play(const ovsdb::Uuid& row, Scenario scenario, TimePoint began,
                          TimePoint now) {
  stop(row);
  auto targets = targets_of(scenario);
  auto playing = std::make_shared<Playing>(Playing{.timeline = Timeline{std::move(scenario)},
                                                   .began = began,
                                                   .targets = std::move(targets),
                                                   .said = {},
                                                   .to = {}});
  const auto& played = playing->timeline.scenario();
  playing->ended = playing->timeline.ended(scaled(now - began, played.speed));
  if (!playing->over())
    if (auto free = check_free(row, *playing); !free) return free;
  playing_[row] = playing;
  join(row, *playing);
  if (playing->over()) return {};
  const auto tracks = playing->timeline.tracks();
  // What began in the past has been said already, by an agent that was here before.
  const bool resumed = began < now;
  const Moment moment = resumed ? playing->moment(now) : Moment{.pass = 0, .time = nanoseconds{-1}};
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    say(*playing, i, resumed ? playing->timeline.at(tracks[i], moment) : Values{});
    if (!playing->ended) schedule(row, *playing, i, moment);
  }
  if (!played.loop && !playing->ended)
    queue_[{playing->time({0, played.length}), row, tracks.size()}] = {0, played.length};
  return {};
}

void Player::join(const ovsdb::Uuid& row, Playing& playing) {
  const auto tracks = playing.timeline.tracks();
  playing.said.resize(tracks.size());
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const auto end = parse_endpoint(tracks[i].to);
    playing.to.push_back(end ? std::optional(*end) : std::nullopt);
    if (playing.over()) continue;
    touched_.insert(tracks[i].link);
    if (end) users_[{tracks[i].link, *end}][row] = i;
  }
}

void Player::stop(const ovsdb::Uuid& row) {
  const auto known = playing_.find(row);
  if (known == playing_.end()) return;
  const auto playing = known->second;
  std::erase_if(queue_, [&](const auto& entry) { return std::get<1>(entry.first) == row; });
  if (!playing->over()) clear(row, *playing);
  playing_.erase(known);
  ended_.erase(row);
}

void Player::clear(const ovsdb::Uuid& row, Playing& playing) {
  for (std::size_t i = 0; i < playing.said.size(); ++i) {
    const auto& track = playing.timeline.tracks()[i];
    playing.said[i] = {};
    touched_.insert(track.link);
    if (!playing.to[i]) {
      overlay_.set_up(track.link, std::nullopt);
      continue;
    }
    const auto users = users_.find({track.link, *playing.to[i]});
    users->second.erase(row);
    if (users->second.empty()) users_.erase(users);
    lay(track.link, *playing.to[i]);
  }
}

void Player::lay(const std::string& link, const Endpoint& toward) {
  const auto users = users_.find({link, toward});
  if (users == users_.end()) return overlay_.erase(link, toward);
  Overlay::Direction direction;
  for (const auto& [row, track] : users->second) {
    const auto& playing = *playing_.at(row);
    const auto& settings = playing.said[track].settings;
    direction.settings.insert(direction.settings.end(), settings.begin(), settings.end());
    for (const auto& key : playing.timeline.tracks()[track].keys)
      if (of_single_frames(key.name)) direction.single_frames = true;
  }
  overlay_.set(link, toward, std::move(direction));
}

void Player::schedule(const ovsdb::Uuid& row, Playing& playing, std::size_t track, Moment after) {
  const auto& timeline = playing.timeline;
  const auto next = timeline.next(timeline.tracks()[track], after);
  if (next) {
    const Moment moment{.pass = after.pass, .time = *next};
    queue_[{playing.time(moment), row, track}] = moment;
  } else if (timeline.scenario().loop) {
    const Moment moment{.pass = after.pass + 1, .time = {}};
    queue_[{playing.time(moment), row, track}] = moment;
  }
}

// Did that change anything?
bool Player::say(Playing& playing, std::size_t track, const Values& values) {
  const auto& link = playing.timeline.tracks()[track].link;
  const bool changed = playing.said[track] != values;
  playing.said[track] = values;
  if (playing.to[track])
    lay(link, *playing.to[track]);
  else
    overlay_.set_up(link, values.up);
  return changed;
}

std::vector<Player::Change> Player::advance(TimePoint now) {
  std::vector<Change> changes;
  while (!queue_.empty() && std::get<0>(queue_.begin()->first) <= now) {
    const auto [key, scheduled] = *queue_.begin();
    queue_.erase(queue_.begin());
    const auto& [due, row, index] = key;
    auto& playing = *playing_.at(row);
    if (index == playing.end_index()) {
      end(row, playing);
      continue;
    }
    const auto& track = playing.timeline.tracks()[index];
    Moment moment = playing.moment(now);
    if (earlier(moment, scheduled)) moment = scheduled;  // by what rounding took
    auto values = playing.timeline.at(track, moment);
    const bool changed = say(playing, index, values);
    // In between, in the same pass.
    Moment between = scheduled;
    for (auto count = most_skipped; between.pass == moment.pass && count > 0; --count) {
      const auto next = playing.timeline.next(track, between);
      if (!next || *next > moment.time) break;
      between.time = *next;
      ++playing.skipped;
    }
    schedule(row, playing, index, moment);
    if (changed) changes.push_back({row, track.link, track.to, due, moment, std::move(values)});
  }
  return changes;
}

void Player::end(const ovsdb::Uuid& row, Playing& playing) {
  playing.ended = true;
  ended_.insert(row);
  if (playing.timeline.scenario().at_end == AtEnd::restore) clear(row, playing);
}

std::optional<TimePoint> Player::next() const {
  if (queue_.empty()) return std::nullopt;
  return std::get<0>(queue_.begin()->first);
}

void Player::applied(const std::vector<Change>& changes, TimePoint now) {
  for (const auto& change : changes) {
    const auto known = playing_.find(change.row);
    if (known == playing_.end()) continue;
    ++known->second->steps;
    known->second->lateness.add(now - change.due);
  }
}

std::set<std::string> Player::take_touched() {
  return std::exchange(touched_, {});
}

std::set<ovsdb::Uuid> Player::take_ended() {
  return std::exchange(ended_, {});
}

const Scenario* Player::scenario(const ovsdb::Uuid& row) const {
  const auto known = playing_.find(row);
  return known == playing_.end() ? nullptr : &known->second->timeline.scenario();
}

ScenarioStatus Player::status(const ovsdb::Uuid& row, TimePoint now) const {
  const auto& playing = *playing_.at(row);
  const auto moment = playing.moment(now);
  ScenarioStatus status{
      .state = playing.ended ? ScenarioStatus::State::ended : ScenarioStatus::State::playing,
      .error = {},
      .length = playing.timeline.scenario().length,
      .position = moment.time,
      .pass = moment.pass,
      .steps = playing.steps,
      .skipped = playing.skipped,
      .late_median = playing.lateness.quantile(0.5),
      .late_99 = playing.lateness.quantile(0.99),
      .late_max = playing.lateness.max(),
      .now = {},
      .record = {}};
  const auto tracks = playing.timeline.tracks();
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const auto& said = playing.said[i];
    if (said.up)
      status.now[tracks[i].link] = *said.up ? "up" : "cut";
    else if (!said.settings.empty())
      status.now[target_name(tracks[i].link, tracks[i].to)] = format(said.settings);
  }
  return status;
}

std::map<std::string, std::set<Endpoint>> Player::targets(const ovsdb::Uuid& row) const {
  std::map<std::string, std::set<Endpoint>> targets;
  const auto known = playing_.find(row);
  if (known == playing_.end()) return targets;
  const auto& playing = *known->second;
  for (std::size_t i = 0; i < playing.to.size(); ++i) {
    auto& ends = targets[playing.timeline.tracks()[i].link];
    if (playing.to[i]) ends.insert(*playing.to[i]);
  }
  return targets;
}

}  // namespace linkfab::fabric
