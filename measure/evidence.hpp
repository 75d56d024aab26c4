// What judge.hpp's parts work on, and the list that they add their findings to. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "measure/delay_law.hpp"
#include "measure/estimate.hpp"
#include "measure/judge.hpp"
#include "measure/loss_process.hpp"
#include "measure/record.hpp"
#include "measure/sightings.hpp"
#include "measure/texts.hpp"
#include "netem/impairment.hpp"

namespace linkfab::measure {

class Evidence {
 public:
  Evidence(const netem::Impairment& asked, const Record& sighted, const Rules& applied);

  const netem::Impairment& requested;
  const Record& record;
  const Rules& rules;
  const Sightings seen;
  const DelayLaw law;
  std::vector<Finding> findings;

  void add(std::string quality, std::string asked, std::string measured, Verdict verdict,
           std::string reason = {});
  [[nodiscard]] std::string text_of(std::string_view key) const {
    return requested_text(requested, key);
  }

  [[nodiscard]] double duplicate() const;  // chances
  [[nodiscard]] double reorder() const;
  // Confidence of what makes a verdict.
  [[nodiscard]] double sure() const { return 1 - rules.alarm; }
  // How late this host's own timers were, three times in four, in nanoseconds.
  [[nodiscard]] double host_late() const;
  // "this host is busy: its timers are 24ms late"
  [[nodiscard]] std::string late_host() const;
  // Of a time that is expected, in nanoseconds: what the rules allow, and the host's lateness too.
  [[nodiscard]] double own_tolerance(double expected) const;
  [[nodiscard]] double tolerance(double expected) const;
  // Did other frames share the queue?
  [[nodiscard]] bool busy() const;
  // A frame that skips the delay can be told from one that does not.
  [[nodiscard]] bool separable() const;
  // Sorted: of frames that came at all, and of those that did not skip the delay. Where delays vary
  // only of those that came once: of two copies the earlier is seen.
  [[nodiscard]] std::span<const double> delays() const;
  [[nodiscard]] std::span<const double> delayed() const;

 private:
  [[nodiscard]] double split() const;
};

void judge_frames(Evidence& evidence);  // lost, doubled, broken, out of order
void judge_delay(Evidence& evidence);   // delay, jitter, distribution
void judge_rate(Evidence& evidence);

}  // namespace linkfab::measure
