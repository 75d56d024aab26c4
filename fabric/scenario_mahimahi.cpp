// A packet delivery trace of mahimahi's mm-link: one line for each opportunity to deliver 1504
// bytes, the millisecond at which it comes. docs/scenarios.md says what becomes of it.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/scenario_reading.hpp"

namespace linkfab::fabric {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t bits_each = 1504 * 8;
// The 14 bytes of an Ethernet header do not count there, 4 bytes of the TUN device do.
constexpr const char* overhead = "-10";
constexpr std::int64_t longest = longest_scenario / milliseconds{1};

class Trace {
 public:
  explicit Trace(ScenarioReading& reading) : reading_(reading) {}

  void read() {
    read_times();
    auto& found = reading_.report.found;
    if (!found.empty()) return;
    if (reading_.defaults.link.empty())
      found.push_back({0, {}, "a packet delivery trace names no link: give LINK before the file"});
    else if (times_.empty())
      found.push_back({0, {}, "there is no delivery opportunity in it"});
    else if (times_.back() == 0)
      found.push_back({0, {}, "the last time is the trace's length; it must be more than 0"});
    else
      write();
  }

 private:
  struct Bin {
    nanoseconds start{};
    std::string rate;  // empty: no opportunity in it
  };

  void read_times() {
    const auto text = reading_.report.text;
    for (std::size_t start = 0; start < text.size();) {
      const auto end = std::min(text.find('\n', start), text.size());
      const auto first = std::min(text.find_first_not_of(" \t\r", start), end);
      const auto last = text.find_last_not_of(" \t\r", end == 0 ? 0 : end - 1);
      if (first < end && text[first] != '#') read_time(text.substr(first, last + 1 - first), first);
      if (reading_.report.found.size() >= most_findings) return;
      start = end + 1;
    }
  }

  void read_time(std::string_view word, std::size_t offset) {
    std::int64_t time = 0;
    const auto* const end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, time);
    if (error != std::errc{} || rest != end || time < 0 || time > longest)
      reading_.report.found.push_back(
          {offset, {}, fmt::format("'{}' is no whole number of milliseconds", word.substr(0, 80))});
    else if (!times_.empty() && time < times_.back())
      reading_.report.found.push_back(
          {offset,
           {},
           fmt::format("{} comes before {}, the time of the line before; times do not "
                       "go backwards",
                       time, times_.back())});
    else
      times_.push_back(time);
  }

  // An opportunity belongs to the bin that it ends: the last one is at the trace's end, where the
  // next pass begins.
  [[nodiscard]] std::vector<Bin> bins(nanoseconds length) const {
    std::vector<Bin> bins;
    auto next = times_.begin();
    for (nanoseconds start{}; start < length; start += reading_.defaults.bin) {
      const auto end = std::min(start + reading_.defaults.bin, length);
      const auto after = std::upper_bound(next, times_.end(), end / milliseconds{1});
      const auto count = after - next;
      next = after;
      const double rate = static_cast<double>(count * bits_each) /
                          std::chrono::duration<double>(end - start).count();
      bins.push_back({start, count == 0 ? ""
                                        : linkfab::format(BitsPerSecond{
                                              static_cast<std::uint64_t>(rate + 0.5)})});
    }
    return bins;
  }

  // In a bin without opportunities frames wait for the next one that has some, and leave at its
  // rate.
  void write() {
    auto& scenario = reading_.read.scenario;
    scenario.loop = true;
    scenario.length = milliseconds{times_.back()};
    if (scenario.length / reading_.defaults.bin > static_cast<std::int64_t>(most_steps)) {
      reading_.report.found.push_back(
          {0,
           {},
           fmt::format("it would be more than {} steps; longer bins make fewer", most_steps)});
      return;
    }
    const auto all = bins(scenario.length);
    std::vector<Settings> values(all.size());
    const Bin* open = nullptr;  // the next one with opportunities
    for (auto i = all.size(); i-- > 0;) {
      if (!all[i].rate.empty()) open = &all[i];
      const auto wait = open->start - all[i].start;
      values[i] = {{"rate", open->rate},
                   {"extra-delay", wait.count() == 0 ? "none" : linkfab::format(wait)}};
    }
    for (std::size_t i = 0; i < all.size(); ++i)
      if (i == 0 || values[i] != values[i - 1]) add(all[i].start, values[i], i == 0);
  }

  void add(nanoseconds at, Settings settings, bool first) {
    const auto& defaults = reading_.defaults;
    if (first) settings.emplace_back("packet-overhead", overhead);
    Step step{.at = at, .link = defaults.link, .from = defaults.from, .to = {}, .action = {}};
    if (!defaults.to.empty()) step.to = {defaults.to};
    step.action = SetValues{std::move(settings)};
    reading_.read.scenario.steps.push_back(std::move(step));
    reading_.read.places.push_back({0, {}});
  }

  ScenarioReading& reading_;
  std::vector<std::int64_t> times_;  // milliseconds
};

}  // namespace

void read_mahimahi(ScenarioReading& reading) {
  Trace{reading}.read();
}

}  // namespace linkfab::fabric
