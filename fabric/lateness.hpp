// How late things were: a distribution in little room, for a median and a maximum.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace linkfab::fabric {

class Lateness {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  // What was early was not late.
  void add(nanoseconds late);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] nanoseconds max() const { return max_; }
  // What `share` of all, 0 to 1, were not later than: at most an eighth too much, and never more
  // than the maximum. 0 where there is none.
  [[nodiscard]] nanoseconds quantile(double share) const;

 private:
  // Eight to each power of two.
  static constexpr unsigned bits = 3;
  [[nodiscard]] static std::size_t place(std::uint64_t value);
  [[nodiscard]] static std::uint64_t most(std::size_t place);

  std::array<std::uint64_t, (64 - bits + 1) << bits> counts_{};
  std::uint64_t count_ = 0;
  nanoseconds max_{};
};

}  // namespace linkfab::fabric
