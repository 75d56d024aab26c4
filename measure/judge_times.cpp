// How long frames take, and how that varies.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/evidence.hpp"

namespace linkfab::measure {
namespace {

// Fewer delays than these tell neither where they lie, nor how far apart, nor in which shape.
constexpr std::size_t least_delays = 20;
constexpr std::size_t least_for_spread = 60;
constexpr std::size_t least_for_shape = 100;
// A spread that the host's own noise does not drown.
constexpr double least_jitter = 1e6;
// A busy host may spread delays by so many times what its timers are late.
constexpr double much_of_late = 5;
// As much of a jitter may a shape be off, where that is less than the tolerance.
constexpr double part_of_jitter = 0.1;

// Could it as well be half or double of what it should be?
bool too_wide(Interval interval, double expected, double allowed) {
  return expected > 2 * allowed &&
         (interval.low - allowed <= expected / 2 || interval.high + allowed >= 2 * expected);
}

class TimeJudge {
 public:
  explicit TimeJudge(Evidence& evidence)
      : evidence_(evidence),
        requested_(evidence.requested),
        law_(evidence.law),
        delays_(evidence.delayed()) {}

  void all() {
    const auto text = requested_.delay.count() == 0 ? "none" : format(requested_.delay);
    const auto undecided = [&](const char* reason) {
      evidence_.add("delay", text, fmt::format("{} frames", delays_.size()), Verdict::undecided,
                    reason);
    };
    if (evidence_.reorder() > 0 && !evidence_.separable())
      return undecided("one cannot see which frames skipped it");
    if (delays_.size() < least_delays) return undecided("too few frames came to tell");
    delay(text);
    law_.varies() ? jitter() : no_jitter();
    shape();
  }

 private:
  void delay(const std::string& text) {
    const double expected = law_.median();
    const auto sure_of = quantile_interval(delays_, 0.5, evidence_.sure());
    // A late timer explains what comes late, and makes nothing right; it brings no frame early.
    const double allowed = evidence_.own_tolerance(expected);
    const bool low = sure_of.high < expected - allowed;
    const bool high = sure_of.low > expected + allowed;
    const bool rate = requested_.rate.value != 0;
    const auto add = [&](Verdict verdict, std::string reason = {}) {
      evidence_.add(
          "delay", text,
          with_interval(quantile(delays_, 0.5),
                        quantile_interval(delays_, 0.5, evidence_.rules.confidence), time_text),
          verdict, std::move(reason));
    };
    if (requested_.slot) return add(Verdict::undecided, "frames wait for their slot");
    if (high && rate && law_.varies())
      return add(Verdict::undecided,
                 "with a rate frames keep their order, and wait for slower ones before them");
    if (high && rate && evidence_.busy())
      return add(Verdict::undecided, fmt::format("{} other frames waited in the same queue",
                                                 evidence_.record.stream.others));
    if (high && sure_of.low <= expected + evidence_.tolerance(expected))
      return add(Verdict::undecided, evidence_.late_host());
    if (low || high)
      return add(Verdict::differs,
                 fmt::format("expected {}{}", time_text(expected),
                             rate ? " with the frame's own time at this rate" : ""));
    if (law_.varies() && too_wide(sure_of, expected, allowed))
      return add(Verdict::undecided, "too few frames came to tell");
    add(Verdict::as_requested);
  }

  // The quarters of frames that take the same time are close; less than this is the host's own.
  void no_jitter() {
    const double measured = quantile(delays_, 0.75) - quantile(delays_, 0.25);
    if (measured < std::max(least_jitter, evidence_.tolerance(law_.median()))) return;
    if (requested_.slot || evidence_.busy()) return;
    const auto text = time_text(measured) + " between the quarters";
    const double late = evidence_.host_late();
    if (measured < much_of_late * late)
      return evidence_.add("jitter", "none", text, Verdict::undecided, evidence_.late_host());
    evidence_.add("jitter", "none", text, Verdict::differs,
                  "nothing that was asked for varies the delay");
  }

  // By the distance of the quarters, which a few late frames do not move.
  void jitter() {
    const double expected = law_.quantile(0.75) - law_.quantile(0.25);
    const double measured = quantile(delays_, 0.75) - quantile(delays_, 0.25);
    const double unit =
        expected > 0 ? static_cast<double>(requested_.jitter.count()) / expected : 1;
    const auto interval = [&](double confidence) {
      // Either quarter within its own interval, at half the risk each.
      const double each = 1 - (1 - confidence) / 2;
      const auto low = quantile_interval(delays_, 0.25, each);
      const auto high = quantile_interval(delays_, 0.75, each);
      return Interval{std::max(0.0, high.low - low.high), high.high - low.low};
    };
    const auto shown = interval(evidence_.rules.confidence);
    const auto sure_of = interval(evidence_.sure());
    const double allowed = evidence_.tolerance(expected);
    const bool right = sure_of.low - allowed <= expected && expected <= sure_of.high + allowed;
    const auto requested = format(requested_.jitter);
    const auto add = [&](Verdict verdict, std::string reason = {}) {
      evidence_.add(
          "jitter", requested,
          with_interval(measured * unit, {shown.low * unit, shown.high * unit}, time_text), verdict,
          std::move(reason));
    };
    if (auto reason = why_not(); !reason.empty()) return add(Verdict::undecided, reason);
    if (delays_.size() < least_for_spread)
      return add(Verdict::undecided, "too few frames came to tell");
    if (!right) return add(Verdict::differs, "expected " + requested);
    if (expected <= 2 * allowed) return add(Verdict::undecided, "it is near the host's own");
    if (too_wide(sure_of, expected, allowed))
      return add(Verdict::undecided, "too few frames came to tell");
    add(Verdict::as_requested);
  }

  void shape() {
    if (!law_.varies()) return;
    const auto requested = requested_.distribution.empty() ? "uniform" : requested_.distribution;
    const auto jitter = static_cast<double>(requested_.jitter.count());
    auto reason = why_not();
    if (reason.empty() && delays_.size() < least_for_shape)
      reason = "too few frames to tell a shape";
    if (reason.empty() && jitter < least_jitter)
      reason = "a jitter below 1ms is near the host's own";
    if (reason.empty() && evidence_.host_late() > part_of_jitter * jitter)
      reason = evidence_.late_host();
    if (!reason.empty())
      return evidence_.add("distribution", requested, "", Verdict::undecided, reason);
    // Where it lies is the delay's affair; the test is of its shape. Frames that would have to come
    // before they are sent all come at once, and fix where it lies.
    const bool cut_off = law_.quantile(0) == 0;
    const auto tolerance = static_cast<double>(evidence_.rules.tolerance.count());
    const double shift = cut_off ? 0 : quantile(delays_, 0.5) - law_.median();
    const double slack = cut_off ? tolerance : std::min(tolerance, part_of_jitter * jitter);
    const double chance =
        kolmogorov_smirnov(delays_, [&](double delay) { return law_.cdf(delay - shift); }, slack);
    const bool right = chance > evidence_.rules.alarm;
    evidence_.add("distribution", requested, fmt::format("p = {:.2g}", chance),
                  right ? Verdict::as_requested : Verdict::differs,
                  right ? "" : "the delays are not distributed so (Kolmogorov-Smirnov)");
  }

  [[nodiscard]] std::string why_not() const {
    if (requested_.delay_correlation.value > 0) return "correlated";
    if (requested_.rate.value != 0) return "with a rate frames keep their order";
    if (requested_.slot) return "frames wait for their slot";
    return {};
  }

  Evidence& evidence_;
  const netem::Impairment& requested_;
  const DelayLaw& law_;
  std::span<const double> delays_;
};

}  // namespace

void judge_delay(Evidence& evidence) {
  TimeJudge(evidence).all();
}

}  // namespace linkfab::measure
