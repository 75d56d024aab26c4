#include "fabric/underlay.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/lookup.hpp"

namespace linkfab::fabric {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t window = 11;  // answers
constexpr std::size_t fewest = 5;   // that a value can stand on
constexpr nanoseconds least_difference = 100us;
constexpr int least_share = 20;  // one 20th
constexpr nanoseconds least_age = 10s;

nanoseconds median(const std::deque<nanoseconds>& times) {
  std::vector<nanoseconds> sorted(times.begin(), times.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

bool differ(nanoseconds settled, nanoseconds now) {
  return std::chrono::abs(now - settled) > std::max(least_difference, settled / least_share);
}

}  // namespace

bool Underlay::follow(const std::set<std::string>& hosts) {
  const auto gone = [&](const auto& each) { return !hosts.contains(each.first); };
  std::erase_if(measured_, gone);
  for (const auto& host : hosts) measured_.try_emplace(host);
  return std::erase_if(ways_, gone) != 0;
}

bool Underlay::add(const std::string& host, nanoseconds round_trip, TimePoint now) {
  const auto known = measured_.find(host);
  if (known == measured_.end()) return false;
  auto& [round_trips, settled] = known->second;
  round_trips.push_back(std::max(round_trip, 0ns));
  if (round_trips.size() > window) round_trips.pop_front();
  if (round_trips.size() < fewest || (settled && now - *settled < least_age)) return false;
  const auto way = median(round_trips) / 2;
  const auto before = ways_.find(host);
  if (before != ways_.end() && !differ(before->second, way)) return false;
  settled = now;
  ways_.insert_or_assign(host, way);
  return true;
}

std::optional<nanoseconds> Underlay::way(const std::string& host) const {
  return copy_of(ways_, host);
}

nanoseconds remaining_delay(nanoseconds asked, std::optional<nanoseconds> way) {
  return std::max(asked - way.value_or(0ns), 0ns);
}

std::string underlay_warning(const std::string& host, nanoseconds asked,
                             std::optional<nanoseconds> way) {
  if (asked == 0ns) return {};
  if (!way)
    return fmt::format(
        "the way to host {} is not measured yet, so nothing is subtracted; it must answer pings",
        host);
  if (*way <= asked) return {};
  return fmt::format("the way between the hosts takes {}, more than the {} asked for",
                     format_way(*way), linkfab::format(asked));
}

std::string format_way(nanoseconds way) {
  constexpr nanoseconds step = 10us;
  return linkfab::format((way + step / 2) / step * step);
}

}  // namespace linkfab::fabric
