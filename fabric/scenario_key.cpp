#include "fabric/scenario_key.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/units.hpp"

namespace linkfab::fabric {

const std::vector<netem::OptionName>& scenario_keys() {
  static const std::vector<netem::OptionName> keys = [] {
    auto made = netem::option_names();
    made.push_back({.key = extra_delay, .values = "TIME that is added to the delay"});
    return made;
  }();
  return keys;
}

std::size_t place_of_key(std::string_view key) {
  const auto& keys = scenario_keys();
  return static_cast<std::size_t>(std::ranges::find(keys, key, &netem::OptionName::key) -
                                  keys.begin());
}

Result<void> set_key(netem::Impairment& impairment, std::string_view key, std::string_view value) {
  if (key != extra_delay) return netem::set_option(impairment, key, value);
  if (value == "none") return {};
  const auto wrong = [&](std::string cause) {
    return failure(Errc::invalid, fmt::format("read extra-delay '{}'", value.substr(0, 80)),
                   std::move(cause));
  };
  const auto time = parse_duration(value);
  if (!time) return wrong(time.error().cause);
  if (*time < nanoseconds{}) return wrong("a time is 0 or more");
  if (*time > nanoseconds::max() - impairment.delay)
    return wrong("the delay would be longer than 2^63 - 1 nanoseconds");
  impairment.delay += *time;
  return {};
}

}  // namespace linkfab::fabric
