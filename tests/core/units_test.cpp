#include "core/units.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace linkfab {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

// Small ones, all powers of ten and two with their neighbours, and random ones of every length.
std::vector<std::int64_t> many() {
  std::vector<std::int64_t> values;
  for (std::int64_t value = 0; value < 2100; ++value) values.push_back(value);
  for (const std::int64_t base : {2, 10})
    for (std::int64_t power = base; power <= most / base; power *= base)
      values.insert(values.end(), {power - 1, power, power + 1});
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same values every time
  for (int shift = 1; shift < 64; ++shift)
    for (int count = 0; count < 200; ++count) {
      const auto value = static_cast<std::int64_t>(random() >> shift);
      values.insert(values.end(), {value, value - value % 1000, value - value % 1'000'000});
    }
  values.insert(values.end(), {most - 1, most});
  return values;
}

TEST(Duration, IsReadWithItsUnit) {
  EXPECT_EQ(parse_duration("20ms"), 20ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration(".5us"), 500ns);
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("3SECS"), 3s);
  EXPECT_EQ(parse_duration("0"), 0ns);
  EXPECT_EQ(parse_duration("0.0"), 0ns);
  EXPECT_EQ(parse_duration("-0ms"), 0ns);
  EXPECT_EQ(parse_duration("0.4ns"), 0ns);
  EXPECT_EQ(parse_duration("0.5ns"), 1ns);
}

TEST(Duration, IsExactWhereADoubleIsNot) {
  EXPECT_EQ(parse_duration("9007199254740993ns"), nanoseconds{9007199254740993});
  EXPECT_EQ(parse_duration("9223372036854775807ns"), nanoseconds{most});
  EXPECT_EQ(parse_duration("9223372036.854775807s"), nanoseconds{most});
  EXPECT_EQ(parse_duration("1234567890.123456789s"), nanoseconds{1234567890123456789});
}

TEST(Duration, WhatIsWrongIsSaid) {
  const auto why = [](std::string_view text) { return format(parse_duration(text).error()); };
  EXPECT_EQ(why("20"), "read '20': a time needs a unit: 20ms?");
  EXPECT_EQ(why("20min"), "read '20min': the units of time are ns, us, ms and s");
  EXPECT_EQ(why("-1ms"), "read '-1ms': a time cannot be negative");
  EXPECT_EQ(why("9223372036854775808ns"),
            "read '9223372036854775808ns': too long; 292 years is the most");
  EXPECT_EQ(why("99999999999999999999s"),
            "read '99999999999999999999s': too long; 292 years is the most");
  for (const auto* text : {"", "ms", "-", ".", "-ms", ".ms", "+1ms", "infs", "nan", "x1ms", " 1ms"})
    EXPECT_EQ(why(text), "read '" + std::string(text) + "': not a time; write for example 20ms");
  for (const auto* text : {"1e3ms", "1.2.3ms", "0x10ms", "1,5ms", "1 ms", "1msx"})
    EXPECT_EQ(parse_duration(text).error().code, Errc::invalid) << text;
}

TEST(Duration, IsPrintedAsAPersonWritesIt) {
  EXPECT_EQ(format(0ns), "0");
  EXPECT_EQ(format(1ns), "1ns");
  EXPECT_EQ(format(250us), "250us");
  EXPECT_EQ(format(1500ns), "1.5us");
  EXPECT_EQ(format(1500us), "1.5ms");
  EXPECT_EQ(format(20ms), "20ms");
  EXPECT_EQ(format(1500ms), "1.5s");
  EXPECT_EQ(format(1050ms), "1.05s");
  EXPECT_EQ(format(100s), "100s");
  EXPECT_EQ(format(1000001us), "1000.001ms");
  EXPECT_EQ(format(1234567ns), "1234.567us");
  EXPECT_EQ(format(-1500us), "-1.5ms");
}

TEST(Duration, WhatIsPrintedIsReadBackExactly) {
  for (const auto value : many())
    ASSERT_EQ(parse_duration(format(nanoseconds{value})), nanoseconds{value}) << value;
}

TEST(Rate, IsReadInTheNotationOfTc) {
  EXPECT_EQ(parse_rate("10mbit"), BitsPerSecond{10'000'000});
  EXPECT_EQ(parse_rate("1.5Mbit"), BitsPerSecond{1'500'000});
  EXPECT_EQ(parse_rate("1gbit"), BitsPerSecond{1'000'000'000});
  EXPECT_EQ(parse_rate("64"), BitsPerSecond{64});
  EXPECT_EQ(parse_rate("64bit"), BitsPerSecond{64});
  EXPECT_EQ(parse_rate("1kibit"), BitsPerSecond{1024});
  EXPECT_EQ(parse_rate("0.5mibit"), BitsPerSecond{524'288});
  EXPECT_EQ(parse_rate("1kbps"), BitsPerSecond{8000}) << "bytes a second";
  EXPECT_EQ(parse_rate("1tibps"), BitsPerSecond{8'796'093'022'208});
  EXPECT_EQ(parse_rate("0"), BitsPerSecond{0});
}

TEST(Rate, WhatIsWrongIsSaid) {
  const auto why = [](std::string_view text) { return format(parse_rate(text).error()); };
  EXPECT_EQ(
      why("fast"),
      "read 'fast': not a rate; write for example 10mbit (units: bit, kbit, mbit, gbit, tbit)");
  EXPECT_EQ(
      why("10mb"),
      "read '10mb': not a rate; write for example 10mbit (units: bit, kbit, mbit, gbit, tbit)");
  EXPECT_EQ(why("-1mbit"), "read '-1mbit': a rate cannot be negative");
  EXPECT_EQ(why("9300000tbit"), "read '9300000tbit': too fast; 9200000tbit is the most");
}

TEST(Rate, IsPrintedAsAPersonWritesIt) {
  EXPECT_EQ(format(BitsPerSecond{0}), "0bit");
  EXPECT_EQ(format(BitsPerSecond{999}), "999bit");
  EXPECT_EQ(format(BitsPerSecond{64'000}), "64kbit");
  EXPECT_EQ(format(BitsPerSecond{1'500}), "1.5kbit");
  EXPECT_EQ(format(BitsPerSecond{10'000'000}), "10mbit");
  EXPECT_EQ(format(BitsPerSecond{1'500'000}), "1.5mbit");
  EXPECT_EQ(format(BitsPerSecond{1'000'000'000}), "1gbit");
  EXPECT_EQ(format(BitsPerSecond{100'000'000'000}), "100gbit");
  EXPECT_EQ(format(BitsPerSecond{2'500'000'000'000}), "2.5tbit");
  EXPECT_EQ(format(BitsPerSecond{1'234'567'000}), "1234.567mbit");
}

TEST(Rate, WhatIsPrintedIsReadBackExactly) {
  for (const auto value : many()) {
    const BitsPerSecond rate{static_cast<std::uint64_t>(value)};
    ASSERT_EQ(parse_rate(format(rate)), rate) << value;
  }
}

TEST(Size, IsReadInTheNotationOfTc) {
  EXPECT_EQ(parse_size("1500"), Size{1500});
  EXPECT_EQ(parse_size("1500b"), Size{1500});
  EXPECT_EQ(parse_size("32kb"), Size{32768});
  EXPECT_EQ(parse_size("1.5K"), Size{1536});
  EXPECT_EQ(parse_size("1mb"), Size{1 << 20});
  EXPECT_EQ(parse_size("2g"), Size{2ULL << 30});
  EXPECT_EQ(parse_size("8kbit"), Size{1024});
  EXPECT_EQ(parse_size("1mbit"), Size{131072});
  EXPECT_EQ(parse_size("0"), Size{0});
}

TEST(Size, WhatIsWrongIsSaid) {
  const auto why = [](std::string_view text) { return format(parse_size(text).error()); };
  EXPECT_EQ(why("32kbps"),
            "read '32kbps': not a size; write for example 32kb (units: b, kb, mb, gb, kbit, mbit)");
  EXPECT_EQ(why("-1kb"), "read '-1kb': a size cannot be negative");
  EXPECT_EQ(why("8589934592gb"), "read '8589934592gb': too large; 8589934591gb is the most");
}

TEST(Size, WhatIsPrintedIsReadBackExactly) {
  EXPECT_EQ(format(Size{0}), "0b");
  EXPECT_EQ(format(Size{1500}), "1500b");
  EXPECT_EQ(format(Size{32768}), "32kb");
  EXPECT_EQ(format(Size{1 << 20}), "1mb");
  EXPECT_EQ(format(Size{1536}), "1536b");
  for (const std::int64_t value : many()) {
    const Size size{static_cast<std::uint64_t>(value)};
    ASSERT_EQ(parse_size(format(size)), size) << value;
  }
}

TEST(Percent, IsReadWithOrWithoutItsSign) {
  EXPECT_EQ(parse_percent("1%"), Percent{1});
  EXPECT_EQ(parse_percent("0.25"), Percent{0.25});
  EXPECT_EQ(parse_percent(".5%"), Percent{0.5});
  EXPECT_EQ(parse_percent("100%"), Percent{100});
  EXPECT_EQ(parse_percent("-0%"), Percent{0});
}

TEST(Percent, WhatIsWrongIsSaid) {
  const auto why = [](std::string_view text) { return format(parse_percent(text).error()); };
  EXPECT_EQ(why("100.1%"), "read '100.1%': a percentage is between 0% and 100%");
  EXPECT_EQ(why("-1%"), "read '-1%': a percentage is between 0% and 100%");
  EXPECT_EQ(why("1e1%"), "read '1e1%': not a percentage; write for example 0.5%");
  EXPECT_EQ(why("half"), "read 'half': not a percentage; write for example 0.5%");
}

TEST(Percent, WhatIsPrintedIsReadBackExactly) {
  EXPECT_EQ(format(Percent{0}), "0%");
  EXPECT_EQ(format(Percent{0.5}), "0.5%");
  EXPECT_EQ(format(Percent{100}), "100%");
  EXPECT_EQ(format(Percent{0.0000001}), "0.0000001%");
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same values every time
  for (int count = 0; count < 10'000; ++count) {
    const Percent value{std::ldexp(static_cast<double>(random() >> 11), -53 - count % 60) * 100};
    ASSERT_EQ(parse_percent(format(value)), value) << format(value);
  }
  EXPECT_EQ(parse_percent(format(Percent{std::numeric_limits<double>::min()})),
            Percent{std::numeric_limits<double>::min()});
}

TEST(Integer, IsWithinItsBounds) {
  EXPECT_EQ(parse_integer("-4", -10, 10), -4);
  EXPECT_EQ(parse_integer("9223372036854775807", 0, most), most);
  const auto why = [](std::string_view text) {
    return format(parse_integer(text, 0, 100).error());
  };
  EXPECT_EQ(why("101"), "read '101': must be between 0 and 100");
  EXPECT_EQ(why("99999999999999999999"), "read '99999999999999999999': must be between 0 and 100");
  for (const auto* text : {"", "x", "1x", "1.0", " 1", "+1"})
    EXPECT_EQ(why(text), "read '" + std::string(text) + "': not a whole number");
}

TEST(Bool, HasFourWordsEachWay) {
  for (const auto* text : {"yes", "true", "on", "1"}) EXPECT_EQ(parse_bool(text), true) << text;
  for (const auto* text : {"no", "false", "off", "0"}) EXPECT_EQ(parse_bool(text), false) << text;
  EXPECT_EQ(format(parse_bool("maybe").error()), "read 'maybe': must be yes or no");
}

TEST(ApproximateBytes, HasThreeDigits) {
  EXPECT_EQ(approximate_bytes(0), "0 B");
  EXPECT_EQ(approximate_bytes(999), "999 B");
  EXPECT_EQ(approximate_bytes(1000), "1 kB");
  EXPECT_EQ(approximate_bytes(1'250'000'000), "1.25 GB");
  EXPECT_EQ(approximate_bytes(830'499), "830 kB");
  EXPECT_EQ(approximate_bytes(999'499), "999 kB");
  EXPECT_EQ(approximate_bytes(999'501), "1 MB");
  EXPECT_EQ(approximate_bytes(~std::uint64_t{0}), "18.4 EB");
}

}  // namespace
}  // namespace linkfab
