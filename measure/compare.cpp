#include "measure/compare.hpp"

#include <utility>

#include <fmt/format.h>

#include "measure/texts.hpp"

namespace linkfab::measure {
namespace {

// Of frames that nothing should happen to, so many fall to a host that is busy.
constexpr double host_noise = 3;

}  // namespace

std::string share_text(const Counted& counted, const Rules& rules, double inflation) {
  return with_interval(
      counted.count / counted.total,
      proportion(counted.count / inflation, counted.total / inflation, rules.confidence),
      percent_text);
}

Finding compare(const Counted& counted, const Chance& chance, std::string requested,
                const Rules& rules) {
  const auto& [quality, count, total] = counted;
  const double expected = chance.probability();
  const double alarm = rules.alarm / 2;  // on either side
  const auto found = [&](Verdict verdict, std::string reason = {}) {
    return Finding{quality, std::move(requested), share_text(counted, rules, chance.inflation()),
                   verdict, std::move(reason)};
  };
  if (expected == 0 && count > 0 && count < host_noise)
    return found(
        Verdict::undecided,
        fmt::format("{:.0f} of {:.0f} may be this host's own; measure longer", count, total));
  if (chance.tail(count, total) < alarm)
    return found(Verdict::differs, fmt::format("expected {}", percent_text(expected)));
  // If it happened to none, or to all, would it be noticed?
  if (expected > 0 && chance.tail(0, total) >= alarm)
    return found(Verdict::undecided,
                 fmt::format("{:.0f} frames cannot tell {} from none; measure longer", total,
                             percent_text(expected)));
  if (expected < 1 && expected > 0.5 && chance.tail(total, total) >= alarm)
    return found(Verdict::undecided,
                 fmt::format("{:.0f} frames cannot tell {} from 100%; measure longer", total,
                             percent_text(expected)));
  return found(Verdict::as_requested);
}

}  // namespace linkfab::measure
