// What loss and duplication do to frames in the long run, by the Markov chain behind them. Pure.
//
// Sources: netem_enqueue(), loss_4state() and loss_gilb_ell() in net/sched/sch_netem.c;
// tc-netem(8). A frame that is duplicated passes the loss twice, its copy first, which moves a
// chain on by two steps; it is lost only where it is not duplicated.
#pragma once

#include <optional>
#include <vector>

#include "netem/impairment.hpp"

namespace linkfab::measure {

// Something that happens to frame after frame, or not, by chance.
class Chance {
 public:
  using Vector = std::vector<double>;
  using Matrix = std::vector<Vector>;

  // To each frame alone.
  static Chance independent(double probability);
  // By a chain: `next`[from][to] whatever happens, `happens`[from], and where the chain goes when
  // it does, `after`[from][to].
  static Chance chained(Matrix next, Vector happens, Matrix after);

  [[nodiscard]] double probability() const { return probability_; }
  // The variance of the share among n frames in a row, over that of independent ones: n frames
  // tell as much as n / inflation independent ones.
  [[nodiscard]] double inflation() const { return inflation_; }
  // The chance that it happens to `count` of `total` frames or, away from what is expected, to even
  // more or fewer: never more than what is returned (Chernoff's bound, from the worst state).
  [[nodiscard]] double tail(double count, double total) const;

 private:
  [[nodiscard]] double log_moment(double slope, double total) const;

  Matrix next_;
  Vector happens_;
  Matrix after_;
  double probability_ = 0;
  double inflation_ = 1;
};

struct LossProcess {
  Chance lost;
  Chance doubled;  // both copies pass
};

// nullopt for a random loss with a correlation, whose law is the kernel's own and is not what its
// name says. `duplicate`: the chance of a frame to be duplicated.
[[nodiscard]] std::optional<LossProcess> loss_process(const netem::Loss& loss,
                                                      double duplicate = 0);

}  // namespace linkfab::measure
