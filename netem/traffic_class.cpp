#include "netem/traffic_class.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "netem/frame_filter.hpp"

namespace linkfab::netem {
namespace {

bool before(const TrafficClass& a, const TrafficClass& b) {
  return std::tuple{-std::int64_t{a.priority}, std::string_view{a.match}} <
         std::tuple{-std::int64_t{b.priority}, std::string_view{b.match}};
}

std::unexpected<Error> wrong(const TrafficClass& traffic, const std::string& cause) {
  return failure(Errc::invalid, fmt::format("class '{}'", traffic.match.substr(0, 80)), cause);
}

Result<void> validate_class(const TrafficClass& traffic) {
  const auto& impairment = traffic.impairment;
  if (!impairment.classes.empty()) return wrong(traffic, "a class has no classes of its own");
  if (impairment.queue)
    return wrong(traffic, "a class has no queue discipline; set queue on the link itself");
  if (impairment.burst.value > 0)
    return wrong(traffic, "a class has no bucket; set burst on the link itself");
  if (impairment.duplicate.value > 0) {
    return wrong(traffic,
                 "the kernel's netem duplicates only where there is no other netem beside it; "
                 "duplicate and classes exclude each other");
  }
  if (auto compiled = compile_filter(traffic.match); !compiled)
    return wrong(traffic, compiled.error().cause);
  if (auto valid = validate(impairment); !valid)
    return wrong(traffic, linkfab::format(valid.error()));
  return {};
}

}  // namespace

const TrafficClass* find_class(const Impairment& impairment, std::string_view match) {
  const auto found = std::ranges::find(impairment.classes, match, &TrafficClass::match);
  return found == impairment.classes.end() ? nullptr : &*found;
}

void put_class(Impairment& impairment, TrafficClass added) {
  erase_class(impairment, added.match);
  const auto place = std::ranges::upper_bound(impairment.classes, added, before);
  impairment.classes.insert(place, std::move(added));
}

bool erase_class(Impairment& impairment, std::string_view match) {
  return std::erase_if(impairment.classes,
                       [&](const TrafficClass& each) { return each.match == match; }) != 0;
}

Result<void> set_class_option(TrafficClass& traffic, std::string_view key, std::string_view value) {
  if (key != "priority") return set_option(traffic.impairment, key, value);
  const auto priority = parse_integer(value == "none" ? "0" : value, -32768, 32767);
  if (!priority) {
    return failure(Errc::invalid, fmt::format("set priority={}", value.substr(0, 80)),
                   priority.error().cause);
  }
  traffic.priority = static_cast<std::int32_t>(*priority);
  return {};
}

std::string class_options(const TrafficClass& traffic) {
  auto text = format(traffic.impairment);
  if (traffic.priority == 0) return text;
  return fmt::format("priority={}{}{}", traffic.priority, text.empty() ? "" : " ", text);
}

Result<TrafficClass> parse_class(std::string match, std::string_view options) {
  TrafficClass traffic{.match = std::move(match), .priority = 0, .impairment = {}};
  while (!options.empty()) {
    const auto space = options.find(' ');
    const auto option = options.substr(0, space);
    options.remove_prefix(space == std::string_view::npos ? options.size() : space + 1);
    if (option.empty()) continue;
    const auto equals = option.find('=');
    if (equals == std::string_view::npos)
      return wrong(traffic, fmt::format("'{}' is not KEY=VALUE", option));
    if (auto done = set_class_option(traffic, option.substr(0, equals), option.substr(equals + 1));
        !done)
      return wrong(traffic, linkfab::format(done.error()));
  }
  return traffic;
}

Result<void> validate_classes(const Impairment& impairment) {
  const auto& classes = impairment.classes;
  if (classes.empty()) return {};
  if (classes.size() > most_classes) {
    return failure(
        Errc::invalid, "use classes",
        fmt::format("{} are too many; a direction has at most {}", classes.size(), most_classes));
  }
  for (const auto& each : classes)
    if (auto valid = validate_class(each); !valid) return valid;
  for (auto each = classes.begin(); each != classes.end(); ++each)
    if (std::ranges::find(each + 1, classes.end(), each->match, &TrafficClass::match) !=
        classes.end())
      return wrong(*each, "there are two of them; one filter is one class");
  return {};
}

}  // namespace linkfab::netem
