#include <algorithm>
#include <optional>

#include "tests/support/numbered_stream.hpp"

namespace linkfab::test {
namespace {

// Clocks are read one after another.
constexpr nanoseconds clock_step{1000};

std::string in_ms(nanoseconds time) {
  return std::to_string(static_cast<double>(time.count()) / 1e6) + "ms";
}

class Examination {
 public:
  Examination(const std::vector<LinkState>& states, nanoseconds slack)
      : states_(states), slack_(slack) {
    for (const auto& state : states) longest_ = std::max(longest_, state.delay);
  }

  void frame(std::size_t number, const SentFrame& sent, nanoseconds arrived) {
    const auto delay = arrived - sent.before;
    std::optional<nanoseconds> noise;
    nanoseconds least = nanoseconds::max();
    nanoseconds most{};
    bool ordered = false;
    std::string allowed;
    for (std::size_t i = 0; i < states_.size(); ++i) {
      const auto& state = states_[i];
      const bool begun = i == 0 || state.asked <= sent.after;
      const bool over = i + 1 < states_.size() && states_[i + 1].done < sent.before;
      // At a rate it may wait for frames of earlier states.
      const bool waited_for = begun && (!over || states_[i + 1].done + longest_ >= sent.before);
      if (waited_for) most = std::max(most, state.delay);
      if (!begun || over) continue;
      ordered = ordered || state.ordered;
      least = std::min(least, state.delay);
      allowed += " " + in_ms(state.delay);
      const auto late = delay - state.delay;
      if (late >= -clock_step && (!noise || late < *noise)) noise = late;
    }
    const bool fits = noise && *noise < slack_;
    const bool waits = ordered && delay >= least - clock_step && delay < most + slack_;
    if (fits) noises_.push_back(*noise);
    if (fits || waits) return;
    if (held_up(sent, arrived)) {
      ++report.held_up;
      return;
    }
    ++(delay < least - clock_step ? report.unshaped : report.wrong);
    if (report.first_problem.empty())
      report.first_problem =
          "frame " + std::to_string(number) + " took " + in_ms(delay) + ", not" + allowed;
  }

  void finish() {
    if (noises_.empty()) return;
    std::ranges::sort(noises_);
    report.median_noise = noises_[noises_.size() / 2];
    report.most_noise = noises_.back();
  }

  StreamReport report;

 private:
  // Did it come into the queue only when a later state was in force?
  [[nodiscard]] bool held_up(const SentFrame& sent, nanoseconds arrived) const {
    for (std::size_t i = 1; i < states_.size(); ++i) {
      const auto& state = states_[i];
      const auto latest = arrived - state.delay;  // that it can have come into the queue
      const bool in_force = i + 1 == states_.size() || state.asked <= states_[i + 1].done;
      if (in_force && state.asked > sent.after && state.asked <= latest &&
          latest - sent.before < slack_)
        return true;
    }
    return false;
  }

  const std::vector<LinkState>& states_;
  nanoseconds slack_;
  nanoseconds longest_{};
  std::vector<nanoseconds> noises_;
};

}  // namespace

StreamReport examine(const std::vector<SentFrame>& sent, const std::vector<ArrivedFrame>& arrived,
                     const std::vector<LinkState>& states, nanoseconds slack) {
  Examination examination(states, slack);
  auto& report = examination.report;
  report.sent = sent.size();
  if (!sent.empty())
    report.seconds = static_cast<double>((sent.back().after - sent.front().before).count()) / 1e9;
  std::vector<int> copies(sent.size());
  for (const auto& [number, time] : arrived) {
    if (number >= sent.size()) continue;
    if (++copies[number] == 1) examination.frame(number, sent[number], time);
  }
  report.lost = static_cast<std::size_t>(std::ranges::count(copies, 0));
  report.doubled =
      static_cast<std::size_t>(std::ranges::count_if(copies, [](int count) { return count > 1; }));
  examination.finish();
  return report;
}

}  // namespace linkfab::test
