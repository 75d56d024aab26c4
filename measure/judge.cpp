#include "measure/judge.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/delay_law.hpp"
#include "measure/estimate.hpp"
#include "measure/loss_process.hpp"
#include "measure/sightings.hpp"

namespace linkfab::measure {
namespace {

using netem::Impairment;

// Fewer delays than these tell neither a spread nor a shape.
constexpr std::size_t least_delays = 20;
constexpr std::size_t least_for_shape = 100;
// Of frames that nothing should happen to, so many fall to a host that is busy.
constexpr double host_noise = 3;
// Other frames than these, and than a part of ours, make probes wait at a rate.
constexpr std::uint64_t few_others = 20;
// A spread that the host's own noise does not drown.
constexpr double least_jitter = 1e6;

std::string time_text(double ns) {
  const double size = std::abs(ns);
  if (size < 9.995e5) return fmt::format("{:.0f}us", ns / 1e3);
  if (size < 9.9995e8) return fmt::format("{:.2f}ms", ns / 1e6);
  return fmt::format("{:.3f}s", ns / 1e9);
}

std::string percent_text(double share) {
  return fmt::format("{:.3g}%", share * 100);
}

template <class Text>
std::string with_interval(double value, Interval interval, Text text) {
  return fmt::format("{} [{}, {}]", text(value), text(interval.low), text(interval.high));
}

double share(Percent percent) {
  return percent.value / 100;
}

class Judge {
 public:
  Judge(const Impairment& requested, const Record& record, const Rules& rules)
      : requested_(requested),
        record_(record),
        rules_(rules),
        seen_(count(record.stream)),
        law_(requested, record.stream.frame_size) {}

  std::vector<Finding> all() && {
    if (seen_.sent == 0) return {};
    loss();
    if (seen_.lost < seen_.sent) {
      duplicates();
      corruption();
      reordering();
      delay();
      jitter();
      shape();
      rate();
    }
    return std::move(findings_);
  }

 private:
  [[nodiscard]] double sure() const { return 1 - rules_.alarm; }

  void add(std::string quality, std::string requested, std::string measured, Verdict verdict,
           std::string reason = {}) {
    findings_.push_back({std::move(quality), std::move(requested), std::move(measured), verdict,
                         std::move(reason)});
  }

  // A share of frames, of which `expected` was asked for.
  void add_share(std::string quality, const std::string& requested, double count, double total,
                 double expected, double inflation = 1) {
    const double worth = 1 / inflation;
    const auto shown = proportion(count * worth, total * worth, rules_.confidence);
    const auto sure_of = proportion(count * worth, total * worth, sure());
    auto measured = with_interval(count / total, shown, percent_text);
    if (expected == 0 && count > 0 && count < host_noise) {
      add(std::move(quality), requested, std::move(measured), Verdict::undecided,
          fmt::format("{:.0f} of {:.0f} may be this host's own; measure longer", count, total));
    } else if (sure_of.contains(expected)) {
      add(std::move(quality), requested, std::move(measured), Verdict::as_requested);
    } else {
      add(std::move(quality), requested, std::move(measured), Verdict::differs,
          fmt::format("expected {}", percent_text(expected)));
    }
  }

  void loss() {
    const auto text = options_of("loss");
    const auto process = loss_process(requested_.loss);
    const auto total = static_cast<double>(seen_.sent);
    const auto lost = static_cast<double>(seen_.lost);
    if (seen_.lost == seen_.sent && (!process || process->probability < 1)) {
      add("loss", text, "100%", Verdict::differs, "no frame arrives");
      return;
    }
    if (!process) {
      const auto shown = proportion(lost, total, rules_.confidence);
      add("loss", text, with_interval(lost / total, shown, percent_text), Verdict::undecided,
          "with a correlation the kernel loses a share that is not the one named");
      return;
    }
    // A frame that is duplicated is lost as one of two; the other goes the same way again.
    const double once = 1 - duplicate_chance();
    add_share("loss", text, lost, total, process->probability * once, process->inflation);
  }

  void duplicates() {
    const double chance = duplicate_chance();
    if (chance == 0 && seen_.duplicated == 0) return;
    const auto process = loss_process(requested_.loss);
    const auto text = options_of("duplicate");
    const auto count = static_cast<double>(seen_.duplicated);
    const auto total = static_cast<double>(seen_.sent);
    if (requested_.duplicate_correlation.value > 0 || !process) {
      add("duplicate", text,
          with_interval(count / total, proportion(count, total, rules_.confidence), percent_text),
          Verdict::undecided, "correlated");
      return;
    }
    const double kept = 1 - process->probability;
    add_share("duplicate", text, count, total, chance * kept * kept, process->inflation);
  }

  void corruption() {
    const double chance = share(requested_.corrupt);
    if (chance == 0 && seen_.corrupted == 0) return;
    const auto text = options_of("corrupt");
    const auto count = static_cast<double>(seen_.corrupted);
    const auto total = static_cast<double>(seen_.arrived);
    if (requested_.corrupt_correlation.value > 0) {
      add("corrupt", text,
          with_interval(count / total, proportion(count, total, rules_.confidence), percent_text),
          Verdict::undecided, "correlated");
      return;
    }
    add_share("corrupt", text, count, total, chance);
  }

  void reordering() {
    const double chance = share(requested_.reorder);
    if (chance == 0) {
      // Jitter and slots let frames overtake each other; nothing else does.
      if (seen_.overtaken < 3 || law_.varies() || requested_.slot) return;
      add("order", "kept", fmt::format("{} overtaken", seen_.overtaken), Verdict::differs,
          "nothing that was asked for changes the order");
      return;
    }
    const auto text = options_of("reorder");
    const double gap = std::max(1U, requested_.gap);
    const double expected = 1 / (gap - 1 + 1 / chance);
    const auto early = static_cast<double>(std::ranges::lower_bound(seen_.delays, split_delay()) -
                                           seen_.delays.begin());
    const auto total = static_cast<double>(seen_.delays.size());
    if (requested_.reorder_correlation.value > 0) {
      add("reorder", text,
          with_interval(early / total, proportion(early, total, rules_.confidence), percent_text),
          Verdict::undecided, "correlated");
      return;
    }
    add_share("reorder", text, early, total, expected);
  }

  void delay() {
    const auto delays = delayed();
    const auto text = requested_.delay.count() == 0 ? "none" : format(requested_.delay);
    if (delays.size() < least_delays) {
      add("delay", text, fmt::format("{} frames", delays.size()), Verdict::undecided,
          "too few frames came to tell");
      return;
    }
    const double expected = law_.median();
    const double measured = quantile(delays, 0.5);
    const auto shown = quantile_interval(delays, 0.5, rules_.confidence);
    const auto sure_of = quantile_interval(delays, 0.5, sure());
    const double allowed = tolerance(expected);
    const bool low = sure_of.high < expected - allowed;
    const bool high = sure_of.low > expected + allowed;
    auto measured_text = with_interval(measured, shown, time_text);
    if (requested_.slot) {
      add("delay", text, measured_text, Verdict::undecided, "frames wait for their slot");
    } else if (high && requested_.rate.value != 0 && law_.varies()) {
      add("delay", text, measured_text, Verdict::undecided,
          "with a rate frames keep their order, and wait for slower ones before them");
    } else if (high && requested_.rate.value != 0 && busy()) {
      add("delay", text, measured_text, Verdict::undecided,
          fmt::format("{} other frames waited in the same queue", record_.stream.others));
    } else if (low || high) {
      add("delay", text, measured_text, Verdict::differs,
          fmt::format("expected {}{}", time_text(expected),
                      requested_.rate.value != 0 ? " with the frame's own time at this rate" : ""));
    } else {
      add("delay", text, measured_text, Verdict::as_requested);
    }
  }

  void jitter() {
    const auto delays = delayed();
    if (delays.size() < least_delays) return;
    const auto spread = [&](auto&& quantile_of) { return quantile_of(0.75) - quantile_of(0.25); };
    const double measured = spread([&](double q) { return quantile(delays, q); });
    if (!law_.varies()) {
      // The quarters of frames that take the same time are close, on a host that is not busy.
      if (measured < tolerance(law_.median()) || requested_.slot || busy()) return;
      add("jitter", "none", time_text(measured) + " between the quarters", Verdict::differs,
          "nothing that was asked for varies the delay");
      return;
    }
    const double expected = spread([&](double q) { return law_.quantile(q); });
    const double unit = static_cast<double>(requested_.jitter.count()) / expected;
    const auto interval = [&](double confidence) {
      // Either quarter within its own interval, at half the risk each.
      const double each = 1 - (1 - confidence) / 2;
      const auto low = quantile_interval(delays, 0.25, each);
      const auto high = quantile_interval(delays, 0.75, each);
      return Interval{std::max(0.0, high.low - low.high), high.high - low.low};
    };
    const auto shown = interval(rules_.confidence);
    const auto sure_of = interval(sure());
    auto text = with_interval(measured * unit, {shown.low * unit, shown.high * unit}, time_text);
    const double allowed = tolerance(expected);
    const bool right = sure_of.low - allowed <= expected && expected <= sure_of.high + allowed;
    const auto requested = format(requested_.jitter);
    if (const auto reason = why_no_jitter(); !reason.empty()) {
      add("jitter", requested, std::move(text), Verdict::undecided, reason);
    } else {
      add("jitter", requested, std::move(text), right ? Verdict::as_requested : Verdict::differs,
          right ? "" : fmt::format("expected {}", requested));
    }
  }

  void shape() {
    if (!law_.varies()) return;
    const auto requested = requested_.distribution.empty() ? "uniform" : requested_.distribution;
    const auto delays = delayed();
    auto reason = why_no_jitter();
    if (reason.empty() && delays.size() < least_for_shape)
      reason = "too few frames to tell a shape";
    if (reason.empty() && static_cast<double>(requested_.jitter.count()) < least_jitter)
      reason = "a jitter below 1ms is near the host's own";
    if (!reason.empty()) {
      add("distribution", requested, "", Verdict::undecided, reason);
      return;
    }
    // Where it lies is the delay's affair; the test is of its shape.
    const double shift = quantile(delays, 0.5) - law_.median();
    const double chance =
        kolmogorov_smirnov(delays, [&](double delay) { return law_.cdf(delay - shift); });
    const bool right = chance > rules_.alarm;
    add("distribution", requested, fmt::format("p = {:.2g}", chance),
        right ? Verdict::as_requested : Verdict::differs,
        right ? "" : "the delays are not distributed so (Kolmogorov-Smirnov)");
  }

  void rate() {
    if (requested_.rate.value == 0 || !record_.train) return;
    const auto text = format(requested_.rate);
    const auto& train = *record_.train;
    if (train.arrivals.size() < 3) {
      add("rate", text, fmt::format("{} frames", train.arrivals.size()), Verdict::undecided,
          "too few frames of the train came");
      return;
    }
    const auto took = [](const std::vector<nanoseconds>& times) {
      return static_cast<double>((times.back() - times.front()).count());
    };
    const auto bits = [&](std::size_t frames) {
      return static_cast<double>(frames - 1) * 8 * static_cast<double>(train.frame_size);
    };
    const double expected = wire_time(requested_, train.frame_size);
    const double each = took(train.arrivals) / static_cast<double>(train.arrivals.size() - 1);
    const double measured = bits(train.arrivals.size()) * 1e9 / took(train.arrivals);
    // The first and the last frame come when the host gets round to it.
    const double noise =
        static_cast<double>(rules_.tolerance.count()) / static_cast<double>(train.arrivals.size());
    const double doubt = noise / each;
    const auto bit_text = [](double rate) {
      return format(BitsPerSecond{static_cast<std::uint64_t>(std::llround(rate / 1000) * 1000)});
    };
    auto measured_text =
        with_interval(measured, {measured * (1 - doubt), measured * (1 + doubt)}, bit_text);
    const bool sent_slower = took(train.sent) > 0.9 * took(train.arrivals);
    const double allowed = rules_.relative_tolerance * expected + noise;
    std::string reason;
    if (requested_.jitter.count() != 0 || requested_.slot) {
      reason = "jitter and slots move its frames";
    } else if (std::abs(each - expected) <= allowed) {
      return add("rate", text, measured_text, Verdict::as_requested);
    } else if (busy()) {
      reason = fmt::format("{} other frames shared it", record_.stream.others);
    } else if (sent_slower && each > expected) {
      reason = "this host cannot send faster";
    } else {
      return add("rate", text, measured_text, Verdict::differs, "");
    }
    add("rate", text, measured_text, Verdict::undecided, reason);
  }

  [[nodiscard]] double duplicate_chance() const { return share(requested_.duplicate); }

  [[nodiscard]] bool busy() const {
    return record_.stream.others > few_others + seen_.sent / few_others;
  }

  [[nodiscard]] double tolerance(double expected) const {
    return std::max(static_cast<double>(rules_.tolerance.count()),
                    rules_.relative_tolerance * expected);
  }

  [[nodiscard]] std::string why_no_jitter() const {
    if (requested_.delay_correlation.value > 0) return "correlated";
    if (requested_.rate.value != 0) return "with a rate frames keep their order";
    if (requested_.slot) return "frames wait for their slot";
    return {};
  }

  // What tells a frame that skipped the delay from one that did not.
  [[nodiscard]] double split_delay() const {
    return (law_.quantile(0) + wire_time(requested_, record_.stream.frame_size)) / 2;
  }

  // The delays of the frames that did not skip it.
  [[nodiscard]] std::span<const double> delayed() const {
    if (requested_.reorder.value == 0) return seen_.delays;
    const auto from = std::ranges::lower_bound(seen_.delays, split_delay());
    return {from, seen_.delays.end()};
  }

  [[nodiscard]] std::string options_of(std::string_view key) const {
    for (const auto& [name, value] : netem::options(requested_))
      if (name == key) return value;
    return "none";
  }

  const Impairment& requested_;
  const Record& record_;
  const Rules& rules_;
  Sightings seen_;
  DelayLaw law_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge(const Impairment& requested, const Record& record, const Rules& rules) {
  return Judge(requested, record, rules).all();
}

}  // namespace linkfab::measure
