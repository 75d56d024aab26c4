#include "fabric/timeline.hpp"

#include <algorithm>
#include <map>

#include "fabric/names.hpp"
#include "fabric/quantity.hpp"
#include "fabric/scenario_key.hpp"

namespace linkfab::fabric {
namespace {

using Piece = Track::Piece;

// A number that follows from the others alone, and looks like none of them (splitmix64).
std::uint64_t mix(std::uint64_t seed, std::uint64_t number) {
  std::uint64_t mixed = seed + 0x9e3779b97f4a7c15 * (number + 1);
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31U);
}

// From 0 to less than 1.
double share(std::uint64_t number) {
  return static_cast<double>(number >> 11U) * 0x1p-53;
}

std::uint64_t mix(std::uint64_t seed, std::uint32_t step, std::int64_t pass, std::int64_t index) {
  return mix(mix(mix(seed, step), static_cast<std::uint64_t>(pass)),
             static_cast<std::uint64_t>(index));
}

nanoseconds interval(const Action& action) {
  if (const auto* ramp = std::get_if<Ramp>(&action)) return ramp->every;
  if (const auto* draw = std::get_if<Draw>(&action)) return draw->every;
  return {};
}

// The last of the pieces that has begun; nullptr: none.
const Piece* begun(const Track& track, std::span<const std::uint32_t> pieces, nanoseconds time) {
  const auto after = std::ranges::upper_bound(
      pieces, time, {}, [&](std::uint32_t index) { return track.pieces[index].at; });
  return after == pieces.begin() ? nullptr : &track.pieces[*(after - 1)];
}

const Piece* begun(const Track& track, nanoseconds time) {
  const auto after = std::ranges::upper_bound(track.pieces, time, {}, &Piece::at);
  return after == track.pieces.begin() ? nullptr : &*(after - 1);
}

void keep_earliest(std::optional<nanoseconds>& earliest, std::optional<nanoseconds> other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

// When a ramp or a draw says its next value. The last value of a ramp comes at its end, which need
// not be a whole number of intervals after its beginning.
std::optional<nanoseconds> next_tick(const Piece& piece, nanoseconds time) {
  if (piece.every.count() == 0 || time < piece.at || time >= piece.end) return std::nullopt;
  return std::min(piece.end, piece.at + ((time - piece.at) / piece.every + 1) * piece.every);
}

}  // namespace

Timeline::Timeline(Scenario scenario) : scenario_(std::move(scenario)) {
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> places;
  const auto track = [&](const std::string& link, const std::string& to) -> Track& {
    const auto [place, fresh] = places.try_emplace({link, to}, tracks_.size());
    if (fresh) tracks_.push_back({.link = link, .to = to, .pieces = {}, .keys = {}});
    return tracks_[place->second];
  };
  for (std::uint32_t i = 0; i < scenario_.steps.size(); ++i) {
    const auto& step = scenario_.steps[i];
    const Piece piece{
        .at = step.at, .end = end_of(step), .every = interval(step.action), .step = i};
    if (is_cable(step)) {
      track(step.link, {}).pieces.push_back(piece);
      continue;
    }
    for (const auto& to : step.to) {
      auto& its = track(step.link, to);
      const auto place = static_cast<std::uint32_t>(its.pieces.size());
      its.pieces.push_back(piece);
      for (auto& name : keys_of(step)) {
        const auto known = std::ranges::find(its.keys, name, &Track::Key::name);
        auto& key = known == its.keys.end() ? its.keys.emplace_back(name) : *known;
        key.pieces.push_back(place);
      }
    }
  }
  sort_keys();
}

// Two settings may depend on each other, "loss" and "loss-correlation": they are said in the order
// of the options.
void Timeline::sort_keys() {
  const auto place = [](const Track::Key& key) { return place_of_key(key.name); };
  for (auto& track : tracks_) std::ranges::sort(track.keys, {}, place);
}

Moment Timeline::moment(nanoseconds played) const {
  if (!scenario_.loop) return {.pass = 0, .time = std::min(played, scenario_.length)};
  return {.pass = played / scenario_.length, .time = played % scenario_.length};
}

Values Timeline::at(const Track& track, Moment moment) const {
  Values values;
  if (track.to.empty()) {
    if (const auto* piece = begun(track, moment.time)) values.up = cable(*piece, moment);
    return values;
  }
  for (const auto& key : track.keys)
    if (const auto* piece = begun(track, key.pieces, moment.time))
      values.settings.emplace_back(key.name, value(track, key, *piece, moment));
  return values;
}

std::string Timeline::value(const Track& track, const Track::Key& key, const Piece& piece,
                            Moment moment) const {
  const auto& action = scenario_.steps[piece.step].action;
  if (const auto* set = std::get_if<SetValues>(&action))
    return std::ranges::find(set->settings, key.name, &Settings::value_type::first)->second;
  const auto since = std::min(moment.time, piece.end) - piece.at;
  if (const auto* ramp = std::get_if<Ramp>(&action)) {
    const auto& range = *std::ranges::find(ramp->ranges, key.name, &Range::key);
    const auto ticked = moment.time >= piece.end ? ramp->lasts : since / ramp->every * ramp->every;
    const double done =
        static_cast<double>(ticked.count()) / static_cast<double>(ramp->lasts.count());
    return format_quantity(key.name, between(range, done, ramp->geometric));
  }
  const auto& draw = std::get<Draw>(action);
  const auto& range = *std::ranges::find(draw.ranges, key.name, &Range::key);
  // The end of a draw is where it stops, not one draw more.
  const auto last = (draw.lasts - nanoseconds{1}) / draw.every;
  const auto drawn = mix(scenario_.seed, piece.step, moment.pass,
                         std::min<std::int64_t>(since / draw.every, last));
  const auto of_key = mix(drawn, stable_hash(track.link + " " + track.to + " " + key.name));
  return format_quantity(key.name, between(range, share(of_key), false));
}

std::optional<bool> Timeline::cable(const Piece& piece, Moment moment) const {
  const auto& action = scenario_.steps[piece.step].action;
  if (const auto* said = std::get_if<Cable>(&action)) return said->up;
  const auto& flap = std::get<Flap>(action);
  if (moment.time >= piece.end) return true;
  // Even changes are down, odd ones up.
  const auto cycle = flap.down + flap.up;
  const auto near = (moment.time - piece.at) / cycle * 2;
  for (std::int64_t index = near + 2; index >= std::max<std::int64_t>(0, near - 2); --index)
    if (edge(flap, piece, moment.pass, index) <= moment.time) return index % 2 == 1;
  return true;
}

nanoseconds Timeline::edge(const Flap& flap, const Piece& piece, std::int64_t pass,
                           std::int64_t index) const {
  const auto regular =
      piece.at + index / 2 * (flap.down + flap.up) + (index % 2 == 1 ? flap.down : nanoseconds{});
  if (flap.jitter.count() == 0) return regular;
  const double drawn = share(mix(scenario_.seed, piece.step, pass, index)) * 2 - 1;
  const nanoseconds moved{
      static_cast<std::int64_t>(drawn * static_cast<double>(flap.jitter.count()))};
  return std::max(piece.at, regular + moved);
}

// Changes are never out of order: the jitter is less than half of the shorter time between two.
std::optional<nanoseconds> Timeline::next_edge(const Piece& piece, Moment moment) const {
  const auto& flap = std::get<Flap>(scenario_.steps[piece.step].action);
  if (moment.time < piece.at || moment.time >= piece.end) return std::nullopt;
  const auto near = (moment.time - piece.at) / (flap.down + flap.up) * 2;
  for (std::int64_t index = std::max<std::int64_t>(0, near - 1);; ++index)
    if (const auto time = edge(flap, piece, moment.pass, index); time > moment.time)
      return std::min(time, piece.end);
}

std::optional<nanoseconds> Timeline::next(const Track& track, Moment moment) const {
  std::optional<nanoseconds> earliest;
  const auto after = std::ranges::upper_bound(track.pieces, moment.time, {}, &Piece::at);
  if (after != track.pieces.end()) earliest = after->at;
  if (track.to.empty()) {
    const auto* piece = begun(track, moment.time);
    if (piece != nullptr && std::holds_alternative<Flap>(scenario_.steps[piece->step].action))
      keep_earliest(earliest, next_edge(*piece, moment));
  }
  for (const auto& key : track.keys)
    if (const auto* piece = begun(track, key.pieces, moment.time))
      keep_earliest(earliest, next_tick(*piece, moment.time));
  if (earliest && *earliest >= scenario_.length) return std::nullopt;
  return earliest;
}

}  // namespace linkfab::fabric
