// Frames that are lost, doubled, broken or out of order.
#include <algorithm>

#include <fmt/format.h>

#include "measure/compare.hpp"
#include "measure/evidence.hpp"

namespace linkfab::measure {
namespace {

constexpr std::size_t few_overtaken = 3;

class FrameJudge {
 public:
  explicit FrameJudge(Evidence& evidence)
      : evidence_(evidence),
        requested_(evidence.requested),
        seen_(evidence.seen),
        process_(loss_process(requested_.loss, evidence.duplicate())) {}

  void all() {
    loss();
    if (seen_.lost == seen_.sent) return;
    duplicates();
    corruption();
    order();
  }

 private:
  void undecided(const Counted& counted, std::string reason) {
    evidence_.add(counted.quality, evidence_.text_of(counted.quality),
                  share_text(counted, evidence_.rules), Verdict::undecided, std::move(reason));
  }

  // A share of frames that was asked for, by chance.
  void compare(const Counted& counted, const Chance& chance) {
    evidence_.findings.push_back(
        measure::compare(counted, chance, evidence_.text_of(counted.quality), evidence_.rules));
  }

  void loss() {
    const Counted lost{"loss", static_cast<double>(seen_.lost), static_cast<double>(seen_.sent)};
    if (seen_.lost == seen_.sent && (!process_ || process_->lost.probability() == 0))
      return evidence_.add("loss", evidence_.text_of("loss"), "100%", Verdict::differs,
                           "no frame arrives");
    if (!process_)
      return undecided(lost,
                       "with a correlation the kernel loses a share that is not the one named");
    if (requested_.duplicate_correlation.value > 0 && process_->lost.probability() > 0)
      return undecided(lost, "frames that are duplicated are not lost, and those are correlated");
    if (seen_.lost > 0 && fills_its_limit())
      return undecided(lost,
                       fmt::format("its queue takes no more than {} frames", *requested_.limit));
    compare(lost, process_->lost);
  }

  void duplicates() {
    if (evidence_.duplicate() == 0 && seen_.duplicated == 0) return;
    const Counted doubled{"duplicate", static_cast<double>(seen_.duplicated),
                          static_cast<double>(seen_.sent)};
    if (requested_.duplicate_correlation.value > 0 || !process_)
      return undecided(doubled, "correlated");
    compare(doubled, process_->doubled);
  }

  void corruption() {
    const double chance = requested_.corrupt.share();
    if (chance == 0 && seen_.corrupted == 0) return;
    const Counted broken{"corrupt", static_cast<double>(seen_.corrupted),
                         static_cast<double>(seen_.arrived)};
    if (requested_.corrupt_correlation.value > 0) return undecided(broken, "correlated");
    compare(broken, Chance::independent(chance));
  }

  void order() {
    const double chance = evidence_.reorder();
    if (chance == 0) {
      // Jitter and slots let frames overtake each other; nothing else does.
      if (seen_.overtaken < few_overtaken || evidence_.law.varies() || requested_.slot) return;
      return evidence_.add("order", "kept", fmt::format("{} overtaken", seen_.overtaken),
                           Verdict::differs, "nothing that was asked for changes the order");
    }
    const auto all = evidence_.delays();
    if (all.empty())
      return evidence_.add("reorder", evidence_.text_of("reorder"), "", Verdict::undecided,
                           "no frame came once and unbroken");
    const Counted early{"reorder", static_cast<double>(all.size() - evidence_.delayed().size()),
                        static_cast<double>(all.size())};
    if (!evidence_.separable())
      return undecided(early, "with such a delay and jitter one cannot see which frame skipped it");
    if (requested_.reorder_correlation.value > 0) return undecided(early, "correlated");
    const double gap = std::max(1U, requested_.gap);
    compare(early, Chance::independent(1 / (gap - 1 + 1 / chance)));
  }

  // Would half of the queue's limit be on its way at once?
  [[nodiscard]] bool fills_its_limit() const {
    if (!requested_.limit || seen_.sent < 2) return false;
    const auto& sent = evidence_.record.stream.sent;
    const auto interval = static_cast<double>((sent.back() - sent.front()).count()) /
                          static_cast<double>(seen_.sent - 1);
    return evidence_.law.quantile(1) > interval * *requested_.limit / 2;
  }

  Evidence& evidence_;
  const netem::Impairment& requested_;
  const Sightings& seen_;
  std::optional<LossProcess> process_;
};

}  // namespace

void judge_frames(Evidence& evidence) {
  FrameJudge(evidence).all();
}

}  // namespace linkfab::measure
