#include "tests/measure/simulated_link.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "netem/distribution.hpp"

namespace linkfab::measure::test {
namespace {

using Random = std::mt19937_64;

// Uniform from 0 to 100, as the options are.
double percent(Random& random) {
  return std::uniform_real_distribution<double>(0, 100)(random);
}

// loss_event(), loss_gilb_ell() and loss_4state().
class LossModel {
 public:
  explicit LossModel(const netem::Loss& loss) : loss_(loss) {}

  bool next(Random& random) {
    return std::visit([&](const auto& model) { return next(model, random); }, loss_);
  }

 private:
  static bool next(const netem::RandomLoss& model, Random& random) {
    return percent(random) < model.probability.value;
  }

  bool next(const netem::GilbertElliottLoss& model, Random& random) {
    const bool bad = state_ == 2;
    if (percent(random) < (bad ? model.r : model.p).value) state_ = bad ? 1 : 2;
    return percent(random) < (bad ? model.loss_in_bad : model.loss_in_good).value;
  }

  bool next(const netem::StateLoss& model, Random& random) {
    const double rolled = percent(random);
    switch (state_) {
      case 1:
        if (rolled < model.p14.value) {
          state_ = 4;
        } else if (rolled < model.p13.value + model.p14.value) {
          state_ = 3;
        }
        return state_ != 1;
      case 2:
        if (rolled < model.p23.value) state_ = 3;
        return state_ == 3;
      case 3:
        if (rolled < model.p32.value) {
          state_ = 2;
        } else if (rolled < model.p31.value + model.p32.value) {
          state_ = 1;
        }
        return state_ == 3;
      default:
        state_ = 1;
        return false;
    }
  }

  netem::Loss loss_;
  int state_ = 1;
};

// htb_charge_class(), htb_class_mode(): frames leave in order, each when the bucket is not in debt.
// Nanoseconds of the rate.
class Bucket {
 public:
  explicit Bucket(double size) : size_(size), tokens_(size) {}
  double pass(double time, double frame) {
    const double start = std::max(time, last_);
    tokens_ = std::min(size_, tokens_ + start - last_);
    last_ = start + std::max(0.0, -tokens_);
    tokens_ = std::max(0.0, tokens_) - frame;
    return last_;
  }

 private:
  double size_;
  double tokens_;
  double last_ = 0;
};

class Queue {
 public:
  Queue(const netem::Impairment& does, Random& random)
      : does_(does),
        random_(random),
        loss_(does.loss),
        bucket_(static_cast<double>(does.burst.value) * on_wire(1)) {
    if (does.distribution == "table") {
      table_ = does.table;
    } else if (const auto* const table = netem::standard_distribution(does.distribution)) {
      table_ = *table;
    }
  }

  // One frame that came at `time`; gives each copy that leaves to `leave`.
  template <class Leave>
  void enqueue(double time, std::size_t size, Leave leave) {
    const bool twice = percent(random_) < does_.duplicate.value;
    const bool lost = loss_.next(random_);
    if (twice && !lost && !loss_.next(random_)) pass(time, size, leave);
    if (!lost || twice) pass(time, size, leave);
  }

 private:
  template <class Leave>
  void pass(double time, std::size_t size, Leave leave) {
    const bool broken = percent(random_) < does_.corrupt.value;
    const auto gap = std::max(1U, does_.gap);
    double out = time;
    if (does_.reorder.value > 0 && counter_ >= gap - 1 && percent(random_) < does_.reorder.value) {
      counter_ = 0;
    } else {
      ++counter_;
      double delay = static_cast<double>(does_.delay.count()) + offset();
      if (does_.burst.value != 0) {
        delay = bucket_.pass(time + std::max(0.0, delay), on_wire(size)) - time;
      } else if (does_.rate.value != 0) {
        const double start = std::max(time, free_);
        delay = std::max(0.0, delay - (start - time));
        free_ = start + delay + on_wire(size);
        delay = free_ - time;
      }
      out += std::max(0.0, delay);
    }
    leave(out, broken);
  }

  [[nodiscard]] double on_wire(std::size_t size) const {
    return static_cast<double>(size) * 8e9 /
           static_cast<double>(std::max<std::uint64_t>(1, does_.rate.value));
  }

  double offset() {
    const auto jitter = static_cast<double>(does_.jitter.count());
    if (jitter == 0) return 0;
    if (table_.empty()) return std::uniform_real_distribution<double>(-jitter, jitter)(random_);
    return table_[random_() % table_.size()] * jitter / 8192;
  }

  const netem::Impairment& does_;
  Random& random_;
  LossModel loss_;
  Bucket bucket_;
  netem::DistributionTable table_;
  std::uint32_t counter_ = 0;
  double free_ = 0;  // when the last frame is out, at a rate
};

// Late by some ten microseconds, now and then by a millisecond; frames do not overtake each other.
class Host {
 public:
  explicit Host(Random& random) : random_(random) {}

  nanoseconds take(nanoseconds time) {
    double late = std::exponential_distribution<double>(1.0 / 20'000)(random_);
    if (percent(random_) < 1) late += std::exponential_distribution<double>(1.0 / 1e6)(random_);
    last_ = std::max(last_, time + nanoseconds(static_cast<std::int64_t>(late)));
    return last_;
  }

 private:
  Random& random_;
  nanoseconds last_{};
};

nanoseconds whole(double time) {
  return nanoseconds(static_cast<std::int64_t>(time));
}

}  // namespace

Record simulate(const Simulation& simulation) {
  Random random(simulation.seed);
  Record record;
  auto& stream = record.stream;
  stream.frame_size = simulation.frame_size;
  Queue queue(simulation.does, random);
  double time = 1e9;
  for (std::uint32_t i = 0; i < simulation.probes; ++i) {
    time += static_cast<double>(simulation.interval.count());
    stream.sent.push_back(whole(time));
    queue.enqueue(time, stream.frame_size, [&](double out, bool broken) {
      stream.arrivals.push_back({i, whole(out), !broken});
    });
  }
  std::ranges::sort(stream.arrivals, {}, [](const Arrival& arrival) {
    return std::pair(arrival.time, arrival.sequence);
  });
  Host host(random);
  for (auto& arrival : stream.arrivals) arrival.time = host.take(arrival.time);
  auto& train = record.train.emplace();
  train.frame_size = 1514;
  time += 10e9;
  for (std::size_t i = 0; i < simulation.train; ++i) {
    time += 1000;
    train.sent.push_back(whole(time));
    queue.enqueue(time, train.frame_size,
                  [&](double out, bool) { train.arrivals.push_back(whole(out)); });
  }
  std::ranges::sort(train.arrivals);
  for (auto& arrival : train.arrivals) arrival = host.take(arrival);
  return record;
}

std::size_t simulate_losses(const netem::Loss& loss, std::size_t frames, std::uint64_t seed) {
  Random random(seed);
  LossModel model(loss);
  for (int i = 0; i < 1000; ++i) model.next(random);  // away from where it started
  std::size_t lost = 0;
  for (std::size_t i = 0; i < frames; ++i) lost += model.next(random) ? 1 : 0;
  return lost;
}

}  // namespace linkfab::measure::test
