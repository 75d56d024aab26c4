// The filters of one bridge applied to its frames, in user space.
//
// Pure: time is an argument, randomness is injected. Both directions share the state, as the
// counter of frequency_drop wants it. A delay holds up a frame, not those behind it: frames of one
// direction leave in the order in which they came, and as many may be under way as arrive. (In
// ubridge 0.9.19 a delayed frame stops its whole direction, which nobody can want.)
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "ubridge/bpf.hpp"
#include "ubridge/bridge.hpp"
#include "ubridge/filter.hpp"

namespace linkfab::ubridge {

// A number of 0 to bound - 1, all equally likely.
using Random = std::function<std::uint32_t(std::uint32_t bound)>;

class FrameFilter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit FrameFilter(Random random) : random_(std::move(random)) {}

  // The list from now on. Filters that were in it keep their state. An error, and the old list,
  // where a Bpf does not compile.
  Result<void> set(const std::vector<Filter>& filters);

  // When a frame that came from that NIO may leave; none: it is dropped. A frame may be changed.
  [[nodiscard]] std::optional<TimePoint> pass(Slot from, TimePoint now,
                                              std::span<std::uint8_t> frame);

  // The name of the filter that dropped the last frame that was dropped.
  [[nodiscard]] const std::string& dropped_by() const { return dropped_by_; }

 private:
  struct Step {
    Filter filter;
    std::uint32_t seen = 0;        // by FrequencyDrop, since it last dropped
    std::size_t pattern_next = 0;  // by Corrupt
    BpfProgram program = {};
  };
  struct Walk {
    std::span<std::uint8_t> frame;
    std::chrono::milliseconds delay{};
  };

  bool passes(Step& step, const FrequencyDrop& drop, Walk& walk);
  bool passes(Step& step, const PacketLoss& loss, Walk& walk);
  bool passes(Step& step, const Delay& delay, Walk& walk);
  bool passes(Step& step, const Corrupt& corrupt, Walk& walk);
  bool passes(Step& step, const Bpf& bpf, Walk& walk);
  bool happens(int percentage);

  Random random_;
  std::vector<Step> steps_;
  std::string dropped_by_;
  std::array<TimePoint, 2> last_left_{};  // by the slot that frames came from
};

}  // namespace linkfab::ubridge
