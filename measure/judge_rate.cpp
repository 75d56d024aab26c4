// How fast a train of frames comes out, and how much of it at once.
#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "measure/evidence.hpp"

namespace linkfab::measure {
namespace {

// A host that is late holds up a whole train as often.
constexpr double times_late = 5;

// From one frame to the next, as half of the train is apart: the median, which frames that the host
// held up do not move.
double spacing(std::span<const nanoseconds> times) {
  const auto half = times.size() / 2;
  std::vector<double> apart;
  for (std::size_t i = 0; i + half < times.size(); ++i)
    apart.push_back(static_cast<double>((times[i + half] - times[i]).count()));
  std::ranges::sort(apart);
  return quantile(apart, 0.5) / static_cast<double>(half);
}

double took(const std::vector<nanoseconds>& times) {
  return static_cast<double>((times.back() - times.front()).count());
}

class TrainJudge {
 public:
  TrainJudge(Evidence& evidence, const Train& train)
      : evidence_(evidence),
        requested_(evidence.requested),
        train_(train),
        expected_(wire_time(requested_, train.frame_size)),
        held_(burst_time(requested_)),
        paced_(train.arrivals) {
    if (held_ > 0) paced_ = paced_.last(paced_.size() - std::min(paced_.size(), at_once()));
  }

  // Once what may go at once has gone.
  void rate() {
    const auto text = format(requested_.rate);
    const auto count = static_cast<double>(paced_.size());
    const double each = paced_.size() < 3 ? 0 : spacing(paced_);
    if (each <= 0)
      return evidence_.add("rate", text, fmt::format("{} frames", train_.arrivals.size()),
                           Verdict::undecided, too_short());
    const double rate = static_cast<double>(requested_.rate.value) * expected_ / each;
    // Frames come when the host gets round to it.
    const double noise = static_cast<double>(evidence_.rules.tolerance.count()) / count;
    const double doubt = noise / each;
    const auto add = [&](Verdict verdict, std::string reason = {}) {
      evidence_.add("rate", text,
                    with_interval(rate, {rate * (1 - doubt), rate * (1 + doubt)}, rate_text),
                    verdict, std::move(reason));
    };
    if (auto reason = moved(); !reason.empty()) return add(Verdict::undecided, reason);
    if (std::abs(each - expected_) <= evidence_.rules.relative_tolerance * expected_ + noise) {
      if (noise > expected_ / 2) return add(Verdict::undecided, too_short());
      return add(Verdict::as_requested);
    }
    if (auto reason = why_not((each - expected_) * count); !reason.empty())
      return add(Verdict::undecided, reason);
    add(Verdict::differs, fmt::format("expected {}", text));
  }

  // What came before the rate would have let it.
  void burst() {
    const auto text = format(requested_.burst);
    const auto& times = train_.arrivals;
    if (paced_.size() < 3)
      return evidence_.add("burst", text, fmt::format("{} frames", times.size()),
                           Verdict::undecided, too_short());
    std::vector<double> early;
    for (auto i = times.size() - paced_.size(); i < times.size(); ++i)
      early.push_back(static_cast<double>(i) * expected_ -
                      static_cast<double>((times[i] - times.front()).count()));
    std::ranges::sort(early);
    const double measured = quantile(early, 0.5);
    const double allowed = static_cast<double>(evidence_.rules.tolerance.count()) +
                           evidence_.rules.relative_tolerance * took(times);
    const auto add = [&](Verdict verdict, std::string reason = {}) {
      evidence_.add("burst", text,
                    with_interval(measured, {measured - allowed, measured + allowed},
                                  [&](double ns) { return size_text(ns / held_ * burst_bytes()); }),
                    verdict, std::move(reason));
    };
    if (auto reason = moved(); !reason.empty()) return add(Verdict::undecided, reason);
    if (allowed > held_ / 2) return add(Verdict::undecided, "it is near the host's own");
    if (std::abs(measured - held_) <= allowed) return add(Verdict::as_requested);
    if (auto reason = why_not(held_ - measured); !reason.empty())
      return add(Verdict::undecided, reason);
    add(Verdict::differs, fmt::format("expected {}", text));
  }

 private:
  // The last of them takes the bucket below zero.
  [[nodiscard]] std::size_t at_once() const {
    return static_cast<std::size_t>(held_ / expected_) + 1;
  }
  [[nodiscard]] double burst_bytes() const { return static_cast<double>(requested_.burst.value); }
  [[nodiscard]] std::string too_short() const {
    return held_ > 0 && paced_.size() < 3 ? "the train was not longer than the burst"
                                          : "too few frames of the train came";
  }
  [[nodiscard]] std::string moved() const {
    if (requested_.jitter.count() != 0 || requested_.slot)
      return "jitter and slots move its frames";
    if (requested_.reorder.value != 0) return "frames that skip the delay skip the rate";
    return {};
  }
  // What explains that frames are late by so much altogether; where it is below zero, early.
  [[nodiscard]] std::string why_not(double late) const {
    if (evidence_.busy())
      return fmt::format("{} other frames shared it", evidence_.record.stream.others);
    if (late <= 0) return {};
    if (late < times_late * evidence_.host_late()) return evidence_.late_host();
    if (took(train_.sent) > 0.9 * took(train_.arrivals)) return "this host cannot send faster";
    return {};
  }

  Evidence& evidence_;
  const netem::Impairment& requested_;
  const Train& train_;
  double expected_;  // ns of the rate, of a frame
  double held_;      // of the burst
  std::span<const nanoseconds> paced_;
};

}  // namespace

void judge_rate(Evidence& evidence) {
  const auto& requested = evidence.requested;
  if (requested.rate.value == 0 || !evidence.record.train) return;
  TrainJudge judge(evidence, *evidence.record.train);
  judge.rate();
  if (requested.burst.value > 0) judge.burst();
}

}  // namespace linkfab::measure
