#include "ubridge/bridge.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace linkfab::ubridge {
namespace {

template <class List>
auto* find_named(List& list, const std::string& name) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view format(Slot slot) {
  return slot == Slot::source ? "source" : "destination";
}

std::string format(const NioStatistics& statistics) {
  return fmt::format("IN: {} packets ({} bytes) OUT: {} packets ({} bytes)", statistics.packets_in,
                     statistics.bytes_in, statistics.packets_out, statistics.bytes_out);
}

std::string format(IolPort port) {
  return fmt::format("{}/{}", port.bay, port.unit);
}

std::optional<Slot> Bridge::free_slot() const {
  for (const Slot slot : both_slots)
    if (!at(slot)) return slot;
  return std::nullopt;
}

int Bridge::nio_count() const {
  return static_cast<int>(
      std::ranges::count_if(nios, [](const auto& nio) { return nio.has_value(); }));
}

int IolBridge::nio_count() const {
  return static_cast<int>(
      std::ranges::count_if(ports, [](const auto& port) { return port.second.end.has_value(); }));
}

Bridge* Bridges::find(const std::string& name) {
  return find_named(bridges, name);
}

IolBridge* Bridges::find_iol(const std::string& name) {
  return find_named(iol_bridges, name);
}

const Filter* find_filter(const std::vector<Filter>& filters, const std::string& name) {
  return find_named(filters, name);
}

}  // namespace linkfab::ubridge
