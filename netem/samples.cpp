#include "netem/samples.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

namespace linkfab::netem {
namespace {

constexpr std::size_t most_samples = 10'000'000;
constexpr std::size_t table_entries = 4096;
constexpr double scale = 8192;  // NETEM_DIST_SCALE
constexpr nanoseconds longest_jitter{INT32_MAX};

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") + 1 - from);
}

// "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=12.3 ms": what stands behind the last "time=".
std::optional<std::string> ping_time(std::string_view line) {
  const auto at = line.rfind("time=");
  if (at == std::string_view::npos) return std::nullopt;
  std::string time;
  for (const char c : line.substr(at + 5))
    if (c != ' ') time += c;
  return time;
}

bool is_of_ping(std::string_view line) {
  return line.starts_with("PING ") || line.starts_with("--- ") || line.starts_with("rtt ") ||
         line.starts_with("round-trip ") || line.contains("packets transmitted");
}

Result<nanoseconds> parse_sample(std::string_view word) {
  double number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) return parse_duration(word);
  if (!(number >= 0 && number < 1e9))
    return failure(Errc::invalid, fmt::format("read '{}'", word),
                   "a sample is from 0 to 1000000000 milliseconds");
  return nanoseconds(std::llround(number * 1e6));
}

}  // namespace

Result<std::vector<nanoseconds>> parse_samples(std::string_view text, std::string_view name) {
  std::vector<nanoseconds> samples;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = trim(line.substr(0, line.find('#')));
    if (line.empty() || is_of_ping(line)) continue;
    const auto sample = parse_sample(ping_time(line).value_or(std::string(line)));
    if (!sample)
      return failure(Errc::invalid, fmt::format("{}:{}", name, number),
                     fmt::format("'{}' is no time; one a line, for example 12.3ms, or what ping "
                                 "prints",
                                 line.substr(0, 60)));
    if (samples.size() == most_samples)
      return failure(Errc::invalid, fmt::format("{}:{}", name, number),
                     fmt::format("more than {} samples", most_samples));
    samples.push_back(*sample);
  }
  if (samples.size() < 2)
    return failure(Errc::invalid, fmt::format("read {}", name),
                   fmt::format("it has {}; a distribution needs two samples, and a good one "
                               "thousands",
                               samples.empty() ? "no samples" : "one sample"));
  return samples;
}

Result<SampledDelay> sampled_delay(std::vector<nanoseconds> samples) {
  std::ranges::sort(samples);
  const auto count = static_cast<double>(samples.size());
  const auto sum = [&](auto&& of) {
    return std::accumulate(samples.begin(), samples.end(), 0.0, [&](double total, nanoseconds x) {
      return total + of(static_cast<double>(x.count()));
    });
  };
  const double mean = sum([](double x) { return x; }) / count;
  const double deviation =
      std::sqrt(sum([&](double x) { return (x - mean) * (x - mean); }) / count);

  SampledDelay made{.delay = nanoseconds(std::llround(mean)),
                    .jitter = nanoseconds(std::llround(deviation)),
                    .table = {}};
  if (made.jitter > longest_jitter)
    return failure(Errc::invalid, "use the samples",
                   fmt::format("their standard deviation is {}; 2147ms is the most that the kernel "
                               "draws",
                               linkfab::format(made.jitter)));
  if (made.jitter.count() == 0) return made;
  const auto entry = [&](nanoseconds sample) {
    return std::lround((static_cast<double>(sample.count()) - mean) / deviation * scale);
  };
  made.cut_off = static_cast<std::size_t>(std::ranges::count_if(samples, [&](nanoseconds sample) {
    return entry(sample) < INT16_MIN || entry(sample) > INT16_MAX;
  }));
  for (std::size_t i = 0; i < table_entries; ++i) {
    const auto at = (2 * i + 1) * samples.size() / (2 * table_entries);
    made.table.push_back(
        static_cast<std::int16_t>(std::clamp<long>(entry(samples[at]), INT16_MIN, INT16_MAX)));
  }
  return made;
}

void apply(const SampledDelay& sampled, Impairment& impairment) {
  impairment.delay = sampled.delay;
  impairment.jitter = sampled.jitter;
  impairment.distribution = sampled.table.empty() ? "" : "table";
  impairment.table = sampled.table;
}

}  // namespace linkfab::netem
