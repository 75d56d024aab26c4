#include "fabric/scenario_options.hpp"

#include <charconv>
#include <chrono>

#include "core/units.hpp"

namespace linkfab::fabric {
namespace {

std::unexpected<Error> wrong(std::string cause) {
  return failure(Errc::invalid, {}, std::move(cause));
}

template <class Value>
Result<void> keep(std::optional<Value>& place, Result<Value> read) {
  if (!read) return wrong(read.error().cause);
  place = *std::move(read);
  return {};
}

Result<AtEnd> parse_at_end(std::string_view text) {
  if (text == "keep") return AtEnd::keep;
  if (text == "restore") return AtEnd::restore;
  return wrong("restore or keep");
}

Result<std::uint64_t> parse_seed(std::string_view text) {
  const auto seed = parse_integer(text, 0, INT64_MAX);
  if (!seed) return std::unexpected(seed.error());
  return static_cast<std::uint64_t>(*seed);
}

}  // namespace

Result<void> set_option(ScenarioOptions& options, std::string_view option,
                        const std::string& text) {
  if (option == "loop") return keep(options.loop, parse_bool(text));
  if (option == "speed") return keep(options.speed, parse_speed(text));
  if (option == "seed") return keep(options.seed, parse_seed(text));
  if (option == "at_end") return keep(options.at_end, parse_at_end(text));
  if (auto good = check_scenario_name(text); !good) return wrong(good.error().cause);
  options.name = text;
  return {};
}

void apply(const ScenarioOptions& options, Scenario& scenario) {
  if (options.name) scenario.name = *options.name;
  if (options.loop) scenario.loop = *options.loop;
  if (options.speed) scenario.speed = *options.speed;
  if (options.seed) scenario.seed = *options.seed;
  if (options.at_end) scenario.at_end = *options.at_end;
}

Result<double> parse_speed(std::string_view text) {
  double speed = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, speed);
  if (error != std::errc{} || rest != end || !(speed >= least_speed && speed <= most_speed))
    return wrong("a speed lies between 0.001 and 100; 1 is that of the clock");
  return speed;
}

Result<nanoseconds> parse_bin(std::string_view text) {
  const auto bin = parse_duration(text);
  if (!bin || *bin < shortest_interval || *bin > std::chrono::hours{1} ||
      *bin % shortest_interval != nanoseconds{})
    return wrong("a whole number of milliseconds, for example 100ms");
  return *bin;
}

}  // namespace linkfab::fabric
