#include "measure/texts.hpp"

#include <cmath>

#include <fmt/format.h>

namespace linkfab::measure {

std::string percent_text(double share) {
  return fmt::format("{:.3g}%", share * 100);
}

// To thousands, and slow ones to the bit.
std::string rate_text(double rate) {
  const double step = rate < 1e6 ? 1 : 1000;
  return format(BitsPerSecond{static_cast<std::uint64_t>(std::round(rate / step) * step)});
}

std::string time_text(double ns) {
  const double size = std::abs(ns);
  if (size < 9.995e5) return fmt::format("{:.0f}us", ns / 1e3);
  if (size < 9.9995e8) return fmt::format("{:.2f}ms", ns / 1e6);
  return fmt::format("{:.3f}s", ns / 1e9);
}

double in_ms(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string size_text(double bytes) {
  return fmt::format("{:.0f}b", bytes);
}

std::string requested_text(const netem::Impairment& requested, std::string_view key) {
  for (const auto& [name, value] : netem::options(requested))
    if (name == key) return value;
  return "none";
}

}  // namespace linkfab::measure
