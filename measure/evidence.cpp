#include "measure/evidence.hpp"

#include <algorithm>
#include <utility>

namespace linkfab::measure {
namespace {

// Other frames than these, and than a part of ours, make probes wait at a rate.
constexpr std::uint64_t few_others = 20;

}  // namespace

Evidence::Evidence(const netem::Impairment& asked, const Record& sighted, const Rules& applied)
    : requested(asked),
      record(sighted),
      rules(applied),
      seen(count(sighted.stream)),
      law(asked, sighted.stream.frame_size) {}

void Evidence::add(std::string quality, std::string asked, std::string measured, Verdict verdict,
                   std::string reason) {
  findings.push_back(
      {std::move(quality), std::move(asked), std::move(measured), verdict, std::move(reason)});
}

double Evidence::duplicate() const {
  return requested.duplicate.share();
}

double Evidence::reorder() const {
  return requested.reorder.share();
}

double Evidence::host_late() const {
  std::vector<double> late;
  for (const auto time : record.stream.late) late.push_back(static_cast<double>(time.count()));
  if (late.empty()) return 0;
  std::ranges::sort(late);
  return quantile(late, 0.75);
}

std::string Evidence::late_host() const {
  return "this host is busy: its timers are " + time_text(host_late()) + " late";
}

double Evidence::own_tolerance(double expected) const {
  return std::max(static_cast<double>(rules.tolerance.count()),
                  rules.relative_tolerance * expected);
}

double Evidence::tolerance(double expected) const {
  return std::max(own_tolerance(expected), host_late());
}

bool Evidence::busy() const {
  return record.stream.others > few_others + seen.sent / few_others;
}

bool Evidence::separable() const {
  return split() > static_cast<double>(rules.tolerance.count());
}

double Evidence::split() const {
  return (law.quantile(0) + wire_time(requested, record.stream.frame_size)) / 2;
}

std::span<const double> Evidence::delays() const {
  const bool varied = law.varies() || reorder() > 0;
  return varied && duplicate() > 0 ? seen.single_delays : seen.delays;
}

std::span<const double> Evidence::delayed() const {
  const auto all = delays();
  if (reorder() == 0) return all;
  return {std::ranges::lower_bound(all, split()), all.end()};
}

}  // namespace linkfab::measure
