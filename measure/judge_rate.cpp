// How fast a train of frames comes out.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/evidence.hpp"

namespace linkfab::measure {
namespace {

// A host that is late holds up a whole train as often.
constexpr double times_late = 5;

// From one frame to the next, as half of the train is apart: the median, which frames that the host
// held up do not move.
double spacing(const std::vector<nanoseconds>& times) {
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

}  // namespace

void judge_rate(Evidence& evidence) {
  const auto& requested = evidence.requested;
  if (requested.rate.value == 0 || !evidence.record.train) return;
  const auto text = format(requested.rate);
  const auto& train = *evidence.record.train;
  const auto count = static_cast<double>(train.arrivals.size());
  const double each = train.arrivals.size() < 3 ? 0 : spacing(train.arrivals);
  if (each <= 0)
    return evidence.add("rate", text, fmt::format("{} frames", train.arrivals.size()),
                        Verdict::undecided, "too few frames of the train came");
  const double expected = wire_time(requested, train.frame_size);
  const double rate = static_cast<double>(requested.rate.value) * expected / each;
  // Frames come when the host gets round to it.
  const double noise = static_cast<double>(evidence.rules.tolerance.count()) / count;
  const double doubt = noise / each;
  const auto add = [&](Verdict verdict, std::string reason = {}) {
    evidence.add("rate", text,
                 with_interval(rate, {rate * (1 - doubt), rate * (1 + doubt)}, rate_text), verdict,
                 std::move(reason));
  };
  if (requested.jitter.count() != 0 || requested.slot)
    return add(Verdict::undecided, "jitter and slots move its frames");
  if (requested.reorder.value != 0)
    return add(Verdict::undecided, "frames that skip the delay skip the rate");
  if (std::abs(each - expected) <= evidence.rules.relative_tolerance * expected + noise) {
    if (noise > expected / 2) return add(Verdict::undecided, "too few frames of the train came");
    return add(Verdict::as_requested);
  }
  if (evidence.busy())
    return add(Verdict::undecided,
               fmt::format("{} other frames shared it", evidence.record.stream.others));
  if (each > expected && (each - expected) * count < times_late * evidence.host_late())
    return add(Verdict::undecided, evidence.late_host());
  if (each > expected && took(train.sent) > 0.9 * took(train.arrivals))
    return add(Verdict::undecided, "this host cannot send faster");
  add(Verdict::differs, fmt::format("expected {}", text));
}

}  // namespace linkfab::measure
