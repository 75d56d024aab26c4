#include "fabric/overlay.hpp"

#include <algorithm>

#include "fabric/scenario_key.hpp"

namespace linkfab::fabric {

Result<netem::Impairment> overlaid(netem::Impairment row, Settings settings) {
  std::ranges::sort(settings, {}, [](const auto& setting) { return place_of_key(setting.first); });
  for (const auto& [key, value] : settings)
    if (auto done = set_key(row, key, value); !done) return std::unexpected(done.error());
  if (auto good = netem::validate(row); !good) return std::unexpected(good.error());
  return row;
}

const Overlay::Direction* Overlay::direction(const std::string& link,
                                             const Endpoint& toward) const {
  const auto known = directions_.find(link);
  if (known == directions_.end()) return nullptr;
  const auto found = known->second.find(toward);
  return found == known->second.end() ? nullptr : &found->second;
}

std::optional<bool> Overlay::up(const std::string& link) const {
  const auto found = cables_.find(link);
  return found == cables_.end() ? std::nullopt : std::optional(found->second);
}

void Overlay::set(const std::string& link, const Endpoint& toward, Direction direction) {
  directions_[link][toward] = std::move(direction);
}

void Overlay::set_up(const std::string& link, std::optional<bool> up) {
  if (up)
    cables_[link] = *up;
  else
    cables_.erase(link);
}

void Overlay::erase(const std::string& link, const Endpoint& toward) {
  const auto known = directions_.find(link);
  if (known == directions_.end()) return;
  known->second.erase(toward);
  if (known->second.empty()) directions_.erase(known);
}

}  // namespace linkfab::fabric
