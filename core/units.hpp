// Quantities with units, as text: parse what a person writes, format what a person reads.
//
// The notation is that of tc(8): rates in bit, kbit, mbit, gbit, tbit (powers of 1000), kibit …
// (powers of 1024), and bps, kbps … for *bytes* a second; a bare number is bits a second. Times
// take ns, us, ms, s, and unlike tc's need their unit, because a bare number is a trap (tc means
// microseconds). Sizes take b, kb, mb, gb, powers of 1024, or kbit, mbit, gbit, an eighth of them;
// a bare number is bytes. format() prints the largest unit that needs at most three decimals (of a
// size, none), and parse(format(x)) == x. Nothing is above 2^63 - 1 nanoseconds, bits a second or
// bytes, the integer of the database.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace linkfab {

using std::chrono::nanoseconds;

// 0 to 100. Decimals as far as a double carries them.
struct Percent {
  double value = 0;
  [[nodiscard]] constexpr double share() const { return value / 100; }  // of 1
  auto operator<=>(const Percent&) const = default;
};

// Zero means: no limit.
struct BitsPerSecond {
  std::uint64_t value = 0;
  auto operator<=>(const BitsPerSecond&) const = default;
};

// Bytes.
struct Size {
  std::uint64_t value = 0;
  auto operator<=>(const Size&) const = default;
};

// Errors are Errc::invalid; the attempt names the text, the cause what would be right.
[[nodiscard]] Result<nanoseconds> parse_duration(std::string_view text);  // "20ms", "1.5s", "0"
[[nodiscard]] Result<Percent> parse_percent(std::string_view text);       // "1%", "0.25", "100%"
[[nodiscard]] Result<BitsPerSecond> parse_rate(std::string_view text);    // "10mbit", "1gbit"
[[nodiscard]] Result<Size> parse_size(std::string_view text);             // "32kb", "1500"
[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view text, std::int64_t least,
                                                 std::int64_t most);  // "-4", "1000"
[[nodiscard]] Result<bool> parse_bool(std::string_view text);  // yes/no, true/false, on/off, 1/0

[[nodiscard]] std::string format(nanoseconds value);
[[nodiscard]] std::string format(Percent value);
[[nodiscard]] std::string format(BitsPerSecond value);
[[nodiscard]] std::string format(Size value);

// For people, rounded to three digits: "1.25 GB". Not meant to be parsed.
[[nodiscard]] std::string approximate_bytes(std::uint64_t bytes);

}  // namespace linkfab
