#include "measure/loss_process.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace linkfab::measure {
namespace {

using Vector = Chance::Vector;
using Matrix = Chance::Matrix;

// In which state a frame finds the chain, and the chance that it is lost there. The first state is
// where the kernel starts.
struct Chain {
  Matrix next;
  Vector loss;
};

Chain chain(const netem::GilbertElliottLoss& model) {
  const double p = model.p.share();
  const double r = model.r.share();
  return {.next = {{1 - p, p}, {r, 1 - r}},
          .loss = {model.loss_in_good.share(), model.loss_in_bad.share()}};
}

Chain chain(const netem::StateLoss& model) {
  const double p13 = model.p13.share();
  const double p31 = model.p31.share();
  const double p32 = model.p32.share();
  const double p23 = model.p23.share();
  const double p14 = model.p14.share();
  return {.next = {{1 - p13 - p14, 0, p13, p14},
                   {0, 1 - p23, p23, 0},
                   {p31, p32, 1 - p31 - p32, 0},
                   {1, 0, 0, 0}},
          .loss = {0, 0, 1, 1}};
}

// Without the states that are never reached, whose part of the chain could be another one.
Chain reachable(const Chain& whole) {
  std::vector<std::size_t> reached{0};
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (std::size_t to = 0; to < whole.loss.size(); ++to)
      if (whole.next[reached[i]][to] > 0 && std::ranges::find(reached, to) == reached.end())
        reached.push_back(to);
  Chain part;
  for (const auto from : reached) {
    part.loss.push_back(whole.loss[from]);
    auto& row = part.next.emplace_back();
    for (const auto to : reached) row.push_back(whole.next[from][to]);
  }
  return part;
}

// The chain as the first copy of each frame meets it, and what becomes of the frames.
LossProcess process(const Chain& whole, double duplicate) {
  const auto [next, loss] = reachable(whole);
  const auto n = loss.size();
  Matrix step(n, Vector(n));
  Matrix doubled_step(n, Vector(n));
  Vector lost(n);
  Vector doubled(n);
  for (std::size_t from = 0; from < n; ++from) {
    const double twice = duplicate * (1 - loss[from]);  // the original takes a step, too
    lost[from] = loss[from] * (1 - duplicate);
    for (std::size_t to = 0; to < n; ++to) doubled[from] += twice * next[from][to] * (1 - loss[to]);
    for (std::size_t to = 0; to < n; ++to) {
      step[from][to] = (1 - twice) * next[from][to];
      for (std::size_t over = 0; over < n; ++over) {
        const double way = twice * next[from][over] * next[over][to];
        step[from][to] += way;
        if (doubled[from] > 0) doubled_step[from][to] += way * (1 - loss[over]) / doubled[from];
      }
    }
  }
  return {.lost = Chance::chained(step, std::move(lost), next),
          .doubled = Chance::chained(step, std::move(doubled), std::move(doubled_step))};
}

}  // namespace

std::optional<LossProcess> loss_process(const netem::Loss& loss, double duplicate) {
  if (const auto* const random = std::get_if<netem::RandomLoss>(&loss)) {
    if (random->correlation.value > 0) return std::nullopt;
    return process({.next = {{1}}, .loss = {random->probability.share()}}, duplicate);
  }
  if (const auto* const state = std::get_if<netem::StateLoss>(&loss))
    return process(chain(*state), duplicate);
  return process(chain(std::get<netem::GilbertElliottLoss>(loss)), duplicate);
}

}  // namespace linkfab::measure
