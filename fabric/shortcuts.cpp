#include "fabric/shortcuts.hpp"

#include <utility>

namespace linkfab::fabric {
namespace {

using netem::DeviceStats;

// Of frames alone: what the node's end sent, the gateway's would have been sent.
void add_difference(DeviceStats& passed, const DeviceStats& before, const DeviceStats& now) {
  passed.tx_packets += now.rx_packets - before.rx_packets;
  passed.tx_bytes += now.rx_bytes - before.rx_bytes;
  passed.rx_packets += now.tx_packets - before.tx_packets;
  passed.rx_bytes += now.tx_bytes - before.tx_bytes;
}

bool restarted(const DeviceStats& before, const DeviceStats& now) {
  return now.rx_packets < before.rx_packets || now.tx_packets < before.tx_packets;
}

// The link of a gateway and the interface at its other end, where the link does nothing to frames.
struct Plain {
  std::string name;
  Endpoint end;
};
std::optional<Plain> plain_link(const Desired& desired, const Endpoint& gateway) {
  const auto* attachment = desired.attachment(gateway);
  if (attachment == nullptr || attachment->kind != Attachment::Kind::link) return std::nullopt;
  const auto& link = desired.topology().links.at(attachment->name);
  if (!link.up || !link.a_to_b.idle() || !link.b_to_a.idle()) return std::nullopt;
  return Plain{attachment->name, link.a == gateway ? link.b : link.a};
}

}  // namespace

std::set<std::string> Shortcuts::update(const Desired& desired, const Spliced& spliced,
                                        const NumberOf& number_of, const StatsOf& stats_of) {
  std::map<std::string, Shortcut> now;
  for (const auto& [gateway, other] : spliced) {
    const auto here = plain_link(desired, gateway);
    const auto there = plain_link(desired, other);
    if (!here || !there || here->name == there->name) continue;
    const auto in = number_of(here->end);
    const auto out = number_of(there->end);
    if (in && out)
      now.emplace(here->name, Shortcut{.way = {*in, *out}, .from = here->end, .gateway = gateway});
  }
  std::set<std::string> changed;
  for (const auto& [link, shortcut] : shortcuts_) {
    const auto same = now.find(link);
    if (same != now.end() && same->second == shortcut) continue;
    changed.insert(link);
    take_down(shortcut, stats_of);
  }
  for (const auto& [link, shortcut] : now) {
    const auto same = shortcuts_.find(link);
    if (same != shortcuts_.end() && same->second == shortcut) continue;
    changed.insert(link);
    links_.insert_or_assign(shortcut.gateway, link);
    if (const auto stats = stats_of(shortcut.from))
      before_.insert_or_assign(shortcut.gateway, *stats);
  }
  shortcuts_ = std::move(now);
  std::erase_if(passed_, [&](const auto& each) { return !desired.interface_row(each.first); });
  return changed;
}

void Shortcuts::take_down(const Shortcut& shortcut, const StatsOf& stats_of) {
  links_.erase(shortcut.gateway);
  const auto before = before_.extract(shortcut.gateway);
  const auto now = stats_of(shortcut.from);
  if (before && now && !restarted(before.mapped(), *now))
    add_difference(passed_[shortcut.gateway], before.mapped(), *now);
}

std::optional<Shortcuts::Way> Shortcuts::find(const std::string& link) const {
  const auto found = shortcuts_.find(link);
  return found == shortcuts_.end() ? std::nullopt : std::optional(found->second.way);
}

DeviceStats Shortcuts::passed_by(const Endpoint& gateway, const StatsOf& stats_of) const {
  DeviceStats passed;
  if (const auto earlier = passed_.find(gateway); earlier != passed_.end())
    passed = earlier->second;
  const auto link = links_.find(gateway);
  const auto before = before_.find(gateway);
  if (link == links_.end() || before == before_.end()) return passed;
  const auto now = stats_of(shortcuts_.at(link->second).from);
  if (now && !restarted(before->second, *now)) add_difference(passed, before->second, *now);
  return passed;
}

}  // namespace linkfab::fabric
