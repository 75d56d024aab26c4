#include "measure/judge_traffic.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "measure/compare.hpp"
#include "measure/delay_law.hpp"
#include "measure/texts.hpp"

namespace linkfab::measure {
namespace {

// The counters of a direction are not read at the same instant: so long apart where the host is
// busy, and a few frames.
constexpr double apart = 0.02e9;  // ns
constexpr double few = 3;

class TrafficJudge {
 public:
  TrafficJudge(const netem::Impairment& requested, const Traffic& traffic, const Rules& rules)
      : requested_(requested),
        traffic_(traffic),
        rules_(rules),
        sent_(static_cast<double>(traffic.sent)),
        dropped_(static_cast<double>(traffic.dropped)),
        came_(static_cast<double>(traffic.left) + dropped_ + static_cast<double>(traffic.waiting)) {
  }

  std::vector<Finding> findings() && {
    if (traffic_.alone) path();
    if (came_ > 0) {
      loss();
      if (traffic_.alone && requested_.duplicate.value > 0) duplicate();
      if (requested_.rate.value > 0) rate();
    }
    return std::move(findings_);
  }

 private:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }

  // Frames that passed between the readings of two counters.
  [[nodiscard]] double slack() const {
    const auto time = std::max(1.0, static_cast<double>(traffic_.time.count()));
    return few + std::max(sent_, came_) * std::min(1.0, apart / time);
  }

  void path() {
    Finding found{"path",
                  "all frames",
                  fmt::format("{:.0f} of {:.0f}", came_, sent_),
                  Verdict::as_requested,
                  {}};
    if (sent_ - came_ > slack()) {
      found.verdict = Verdict::differs;
      found.reason = came_ > 0 ? "the others did not come to its queue"
                               : "what is sent does not come to its queue";
    }
    add(std::move(found));
  }

  [[nodiscard]] std::string why_drops_cannot_tell() const {
    if (!requested_.classes.empty()) return "its classes drop frames too";
    if (requested_.has_bottleneck()) return "its queue discipline drops frames too";
    if (requested_.duplicate.value > 0) return "copies are lost like frames, and counted with them";
    if (requested_.ecn) return "frames that are marked are counted with those that are dropped";
    return {};
  }

  void loss() {
    const Counted lost{"loss", dropped_, came_};
    const auto process = loss_process(requested_.loss);
    const auto asked = requested_text(requested_, "loss");
    auto why = why_drops_cannot_tell();
    if (!process) why = "with a correlation the kernel loses a share that is not the one named";
    if (!why.empty() && dropped_ > 0)
      return add({lost.quality, asked, share_text(lost, rules_), Verdict::undecided, why});
    auto found = compare(lost, process ? process->lost : Chance::independent(0), asked, rules_);
    const bool more = dropped_ > came_ * (process ? process->lost.probability() : 0);
    if (found.verdict == Verdict::differs && more &&
        (requested_.rate.value > 0 || requested_.limit)) {
      found.verdict = Verdict::undecided;
      found.reason += "; its queue may have been full";
    }
    add(std::move(found));
  }

  void duplicate() {
    const double more = std::clamp(came_ - sent_, 0.0, sent_);
    const Counted doubled{"duplicate", more, sent_};
    const auto asked = requested_text(requested_, "duplicate");
    const auto* random = std::get_if<netem::RandomLoss>(&requested_.loss);
    const bool lossless = random != nullptr && random->probability.value == 0;
    if (sent_ == 0) return;
    if (!lossless || requested_.duplicate_correlation.value > 0)
      return add({doubled.quality, asked, share_text(doubled, rules_), Verdict::undecided,
                  lossless ? "correlated" : "frames that are duplicated are not lost"});
    auto found = compare(doubled, Chance::independent(requested_.duplicate.share()), asked, rules_);
    const double expected = sent_ * requested_.duplicate.share();
    if (found.verdict == Verdict::differs && std::abs(more - expected) <= slack()) {
      found.verdict = Verdict::undecided;
      found.reason = "too few frames passed";
    }
    add(std::move(found));
  }

  // No direction is faster than asked for; slower it is where nobody sends more.
  void rate() {
    const auto left = static_cast<double>(traffic_.left);
    if (left == 0 || traffic_.time.count() <= 0) return;
    const auto size = static_cast<std::size_t>(static_cast<double>(traffic_.bytes) / left);
    const double on_wire = left * wire_time(requested_, size);
    const auto time = static_cast<double>(traffic_.time.count());
    const double measured = static_cast<double>(requested_.rate.value) * on_wire / time;
    // Frames of several sizes fill cells to another degree than as many of the mean size.
    const double doubt = requested_.cell_size > 0 ? 0.5 : rules_.relative_tolerance;
    const double one = wire_time(requested_, size) + apart;
    Finding found{"rate", format(requested_.rate), rate_text(measured), Verdict::as_requested, {}};
    if (on_wire > time * (1 + doubt) + one + burst_time(requested_)) {
      found.verdict = Verdict::differs;
      found.reason = "expected at most " + format(requested_.rate);
    } else if (on_wire < time * (1 - 2 * doubt) - one) {
      found.verdict = Verdict::undecided;
      found.reason = "the traffic did not fill it";
    }
    add(std::move(found));
  }

  const netem::Impairment& requested_;
  const Traffic& traffic_;
  const Rules& rules_;
  double sent_;
  double dropped_;
  double came_;  // to the queue, and copies
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge_traffic(const netem::Impairment& requested, const Traffic& traffic,
                                   const Rules& rules) {
  if (traffic.sent == 0 && traffic.left == 0) return {};
  return TrafficJudge(requested, traffic, rules).findings();
}

}  // namespace linkfab::measure
