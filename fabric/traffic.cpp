#include "fabric/traffic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "fabric/interface_counters.hpp"
#include "ovsdb/datum.hpp"

namespace linkfab::fabric {
namespace {

using Count = TrafficCounters::Count;

Count counter(const EndView& end, const char* key) {
  const auto found = end.statistics.find(key);
  return found == end.statistics.end() ? std::nullopt : Count(found->second);
}

// Nothing is known where neither is.
template <class Value>
std::optional<Value> sum(const std::optional<Value>& one, const std::optional<Value>& other) {
  return one || other ? std::optional<Value>(one.value_or(0) + other.value_or(0)) : std::nullopt;
}

void add_sent(TrafficCounters& counters, const EndView& from) {
  counters.sent_frames = counter(from, "tx_packets");
  counters.sent_bytes = counter(from, "tx_bytes");
  counters.sent_dropped = sum(counter(from, "tx_dropped"), counter(from, "tx_errors"));
}

// Without an impairment nothing is lost by one and nothing waits for it.
void add_received(TrafficCounters& counters, const EndView& to) {
  counters.received_frames = counter(to, "rx_packets");
  counters.received_bytes = counter(to, "rx_bytes");
  counters.received_dropped = sum(counter(to, "rx_dropped"), counter(to, "rx_errors"));
  const Count none = to.statistics.empty() ? std::nullopt : Count(0);
  counters.lost = sum(counter(to, "qdisc_drops"), none);
  counters.queued_frames = sum(counter(to, "qdisc_backlog"), none);
  counters.queued_bytes = sum(counter(to, "qdisc_backlog_bytes"), none);
}

// "class:FILTER:packets" and so on; a filter may hold colons.
std::vector<ClassTraffic> classes_of(const EndView& end) {
  constexpr std::string_view prefix = "class:";
  std::map<std::string, ClassTraffic> classes;
  for (const auto& [key, value] : end.statistics) {
    if (!key.starts_with(prefix)) continue;
    const auto colon = key.rfind(':');
    if (colon < prefix.size()) continue;
    const auto match = key.substr(prefix.size(), colon - prefix.size());
    auto& its = classes.try_emplace(match, ClassTraffic{.match = match}).first->second;
    const auto what = std::string_view(key).substr(colon + 1);
    if (what == "packets") its.frames = value;
    if (what == "bytes") its.bytes = value;
    if (what == "dropped") its.dropped = value;
  }
  std::vector<ClassTraffic> result;
  for (auto& [match, its] : classes) result.push_back(std::move(its));
  return result;
}

TrafficDirection make_direction(const LinkView& link, std::string from, std::string to,
                                const EndView& end) {
  TrafficDirection direction{.link = link.name,
                             .kind = link.kind,
                             .state = link.state.empty() ? "pending" : link.state,
                             .from = std::move(from),
                             .to = std::move(to),
                             .impairment = "",
                             .error = !link.error.empty()  ? link.error
                                      : !end.error.empty() ? end.error
                                                           : end.warning,
                             .counters = {},
                             .classes = {}};
  direction.counters.carrier_changes = counter(end, "carrier_changes");
  return direction;
}

TrafficDirection across(const LinkView& link, const EndView& from, const EndView& to) {
  auto direction = make_direction(link, from.name(), to.name(), to);
  direction.impairment = to.toward;
  add_sent(direction.counters, from);
  add_received(direction.counters, to);
  direction.classes = classes_of(to);
  return direction;
}

TrafficRates::Rate rate(Count before, Count now, double seconds, double unit = 1) {
  if (!now || !before || seconds <= 0) return std::nullopt;
  const auto passed = *now >= *before ? *now - *before : *now;
  return static_cast<double>(passed) * unit / seconds;
}

}  // namespace

void set_statistics(std::vector<LinkView>& links, const Measurements& measured) {
  std::map<Endpoint, const InterfaceCounters*> counters;
  for (const auto& interface : measured.interfaces)
    if (interface.counters) counters.emplace(interface.endpoint, &*interface.counters);
  for (auto& link : links)
    for (auto& end : link.ends) {
      end.statistics.clear();
      const auto found = end.endpoint ? counters.find(*end.endpoint) : counters.end();
      if (found == counters.end()) continue;
      const auto all = statistics(*found->second);
      for (const auto& [key, value] : all.as_map())
        if (const auto* name = std::get_if<std::string>(&key))
          end.statistics.emplace(*name, ovsdb::Datum(value).integer());
    }
}

std::vector<TrafficDirection> directions(const std::vector<LinkView>& links) {
  std::vector<TrafficDirection> all;
  for (const auto& link : links) {
    if (link.kind == "link" && link.ends.size() == 2) {
      all.push_back(across(link, link.ends[0], link.ends[1]));
      all.push_back(across(link, link.ends[1], link.ends[0]));
      continue;
    }
    for (const auto& member : link.ends) {
      auto into = make_direction(link, member.name(), link.name, member);
      add_sent(into.counters, member);
      all.push_back(std::move(into));
      auto out = make_direction(link, link.name, member.name(), member);
      out.impairment = member.toward;
      add_received(out.counters, member);
      out.classes = classes_of(member);
      all.push_back(std::move(out));
    }
  }
  return all;
}

TrafficRates rates(const TrafficCounters& before, const TrafficCounters& now,
                   std::chrono::duration<double> elapsed) {
  constexpr double bits = 8;
  const double seconds = elapsed.count();
  return {.sent_frames = rate(before.sent_frames, now.sent_frames, seconds),
          .sent_bits = rate(before.sent_bytes, now.sent_bytes, seconds, bits),
          .received_frames = rate(before.received_frames, now.received_frames, seconds),
          .received_bits = rate(before.received_bytes, now.received_bytes, seconds, bits),
          .lost = rate(before.lost, now.lost, seconds),
          .refused = sum(rate(before.sent_dropped, now.sent_dropped, seconds),
                         rate(before.received_dropped, now.received_dropped, seconds))};
}

std::vector<TrafficRates> rates(const std::vector<TrafficDirection>& before,
                                const std::vector<TrafficDirection>& now,
                                std::chrono::duration<double> elapsed) {
  const auto key = [](const TrafficDirection& direction) {
    return std::tie(direction.link, direction.from, direction.to);
  };
  std::map<decltype(key(now.front())), const TrafficCounters*> known;
  for (const auto& direction : before) known.emplace(key(direction), &direction.counters);
  std::vector<TrafficRates> all;
  all.reserve(now.size());
  for (const auto& direction : now) {
    const auto found = known.find(key(direction));
    all.push_back(found == known.end() ? TrafficRates{}
                                       : rates(*found->second, direction.counters, elapsed));
  }
  return all;
}

std::string short_number(double value) {
  constexpr std::array units{"", "k", "M", "G", "T", "P"};
  constexpr double step = 1000;
  constexpr double rounds_up = 999.5;  // to the next unit
  std::size_t unit = 0;
  while (value >= rounds_up && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  auto text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return text + units.at(unit);
}

}  // namespace linkfab::fabric
