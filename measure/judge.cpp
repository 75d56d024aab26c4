#include "measure/judge.hpp"

#include <utility>

#include "measure/evidence.hpp"

namespace linkfab::measure {

std::vector<Finding> judge(const netem::Impairment& requested, const Record& record,
                           const Rules& rules) {
  Evidence evidence(requested, record, rules);
  if (evidence.seen.sent == 0) return {};
  judge_frames(evidence);
  if (evidence.seen.lost < evidence.seen.sent) {
    judge_delay(evidence);
    judge_rate(evidence);
  }
  return std::move(evidence.findings);
}

}  // namespace linkfab::measure
