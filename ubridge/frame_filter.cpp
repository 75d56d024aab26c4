#include "ubridge/frame_filter.hpp"

#include <algorithm>

namespace linkfab::ubridge {

Result<void> FrameFilter::set(const std::vector<Filter>& filters) {
  std::vector<Step> steps;
  for (const Filter& filter : filters) {
    const auto old = std::ranges::find(steps_, filter, &Step::filter);
    if (old != steps_.end()) {
      steps.push_back(*old);
      continue;
    }
    Step step{.filter = filter};
    if (const auto* bpf = std::get_if<Bpf>(&filter.action)) {
      auto program = compile_bpf(bpf->expression, bpf->link_type);
      if (!program) return std::unexpected(program.error());
      step.program = std::move(*program);
    }
    steps.push_back(std::move(step));
  }
  steps_ = std::move(steps);
  return {};
}

std::optional<FrameFilter::TimePoint> FrameFilter::pass(Slot from, TimePoint now,
                                                        std::span<std::uint8_t> frame) {
  Walk walk{.frame = frame};
  for (Step& step : steps_) {
    const bool passed = std::visit([&](const auto& action) { return passes(step, action, walk); },
                                   step.filter.action);
    if (passed) continue;
    dropped_by_ = step.filter.name;
    return std::nullopt;
  }
  auto& last = last_left_.at(static_cast<std::size_t>(from));
  last = std::max(last, now + walk.delay);
  return last;
}

bool FrameFilter::passes(Step& step, const FrequencyDrop& drop, Walk&) {
  if (drop.frequency == -1) return false;
  if (drop.frequency <= 0) return true;
  if (++step.seen < static_cast<std::uint32_t>(drop.frequency)) return true;
  step.seen = 0;
  return false;
}

bool FrameFilter::passes(Step&, const PacketLoss& loss, Walk&) {
  return !happens(loss.percentage);
}

bool FrameFilter::passes(Step&, const Delay& delay, Walk& walk) {
  auto milliseconds_held = delay.latency.count() - delay.jitter.count();
  if (delay.jitter.count() > 0) {
    const auto spread = 2 * delay.jitter.count() + 1;
    milliseconds_held += random_(static_cast<std::uint32_t>(spread));
  }
  walk.delay += milliseconds(std::max<milliseconds::rep>(milliseconds_held, 0));
  return true;
}

// A quarter of the frame, behind its middle less an eighth: headers in front stay whole.
bool FrameFilter::passes(Step& step, const Corrupt& corrupt, Walk& walk) {
  constexpr std::array<std::uint8_t, 8> pattern{0x64, 0x13, 0x88, 0x40, 0x1f, 0xa0, 0xaa, 0x55};
  if (!happens(corrupt.percentage)) return true;
  const std::size_t count = walk.frame.size() / 4;
  if (count == 0) return true;
  const std::size_t first = walk.frame.size() / 2 - count / 2 + 1;
  for (std::uint8_t& octet : walk.frame.subspan(first, count)) {
    octet ^= pattern.at(step.pattern_next);
    step.pattern_next = (step.pattern_next + 1) % pattern.size();
  }
  return true;
}

bool FrameFilter::passes(Step& step, const Bpf&, Walk& walk) {
  return !step.program.matches(walk.frame);
}

// Not above, rather than below: 0 is one percent, 100 is all.
bool FrameFilter::happens(int percentage) {
  return random_(100) <= static_cast<std::uint32_t>(percentage);
}

}  // namespace linkfab::ubridge
