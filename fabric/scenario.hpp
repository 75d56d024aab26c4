// What links do over time, as a value: steps that set impairments, ramp them, draw them at random,
// and pull cables.
//
// A step holds from its time until another step names the same key of the same direction. What
// holds at a given time is fabric/timeline.hpp's to say; how a scenario is written is
// fabric/scenario_file.hpp's. Times are those of the scenario: with `speed` 2 a second of it takes
// half a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.hpp"

namespace linkfab::fabric {

using std::chrono::nanoseconds;

// As netem::set_option() takes them; "none" clears a key. As it was written, "preset" is one of
// them (fabric/scenario_preset.hpp): what is not resolved yet.
using Settings = std::vector<std::pair<std::string, std::string>>;

// A key that goes, or is drawn, between two values: nanoseconds, percent, bits a second, a count.
struct Range {
  std::string key;
  double first = 0;
  double last = 0;
  bool operator==(const Range&) const = default;
};

struct SetValues {
  Settings settings;
  bool operator==(const SetValues&) const = default;
};

// From the first values to the last within `lasts`, in steps of `every`; then the last ones hold.
struct Ramp {
  std::vector<Range> ranges;
  bool geometric = false;  // by equal factors, not by equal differences
  nanoseconds lasts{};
  nanoseconds every{};
  bool operator==(const Ramp&) const = default;
};

// Other values, evenly distributed, every `every` for `lasts`; then the last ones hold.
struct Draw {
  std::vector<Range> ranges;
  nanoseconds lasts{};
  nanoseconds every{};
  bool operator==(const Draw&) const = default;
};

// The cable is out for `down` and in for `up`, in turn, for `lasts`; then it is in. Each change
// comes up to `jitter` earlier or later.
struct Flap {
  nanoseconds down{};
  nanoseconds up{};
  nanoseconds lasts{};
  nanoseconds jitter{};
  bool operator==(const Flap&) const = default;
};

struct Cable {
  bool up = true;
  bool operator==(const Cable&) const = default;
};

using Action = std::variant<SetValues, Ramp, Draw, Flap, Cable>;

struct Step {
  nanoseconds at{};
  std::string link;  // or segment
  // One end, of a link only, as it was written: what is not resolved yet (resolve()).
  std::string from;
  // "r2:eth0": frames toward these. Empty: toward every end. Not looked at for cables.
  std::vector<std::string> to;
  Action action;
  bool operator==(const Step&) const = default;
};

enum class AtEnd {
  restore,  // what the link's own row says
  keep,     // the last values, as long as the scenario is not stopped
};

struct Scenario {
  std::string name;
  bool loop = false;
  double speed = 1;
  std::uint64_t seed = 0;
  AtEnd at_end = AtEnd::restore;
  nanoseconds length{};     // of one pass; more than 0
  std::vector<Step> steps;  // by time
  bool operator==(const Scenario&) const = default;
};

inline constexpr nanoseconds shortest_interval = std::chrono::milliseconds{1};  // between values
inline constexpr nanoseconds shortest_flap = std::chrono::milliseconds{10};     // down or up
inline constexpr nanoseconds longest_scenario = std::chrono::days{366};
inline constexpr std::size_t most_steps = 200'000;
inline constexpr double least_speed = 0.001;
inline constexpr double most_speed = 100;

// When the step has nothing more to do.
[[nodiscard]] nanoseconds end_of(const Step& step);
// Flap or Cable: it concerns the whole link.
[[nodiscard]] bool is_cable(const Step& step);
// The keys of impairments that it names.
[[nodiscard]] std::vector<std::string> keys_of(const Step& step);

// 1 to 63 of A-Z a-z 0-9 . _ -, not starting with '-' or '.'. It becomes a file's name.
[[nodiscard]] Result<void> check_scenario_name(const std::string& name);

// What a scenario overlays: for each "LINK NODE:IF" the keys, for each "LINK" whose cable it pulls
// "up".
using Targets = std::map<std::string, std::string>;
[[nodiscard]] Targets targets_of(const Scenario& scenario);
[[nodiscard]] std::string target_name(const std::string& link, const std::string& to);

[[nodiscard]] std::string format(AtEnd at_end);

}  // namespace linkfab::fabric
