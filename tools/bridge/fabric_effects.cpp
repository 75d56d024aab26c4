#include "tools/bridge/fabric_effects.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "gateway/udp_address.hpp"
#include "tools/bridge/kernel_filters.hpp"
#include "ubridge/number.hpp"

namespace linkfab::tools {
namespace {

using ubridge::both_slots;
using ubridge::Nio;
using ubridge::NioStatistics;
using ubridge::Slot;

std::size_t index(Slot slot) {
  return static_cast<std::size_t>(slot);
}

NioStatistics operator+(const NioStatistics& a, const NioStatistics& b) {
  return {.packets_in = a.packets_in + b.packets_in,
          .bytes_in = a.bytes_in + b.bytes_in,
          .packets_out = a.packets_out + b.packets_out,
          .bytes_out = a.bytes_out + b.bytes_out};
}

NioStatistics operator-(const NioStatistics& a, const NioStatistics& b) {
  return {.packets_in = a.packets_in - b.packets_in,
          .bytes_in = a.bytes_in - b.bytes_in,
          .packets_out = a.packets_out - b.packets_out,
          .bytes_out = a.bytes_out - b.bytes_out};
}

NioStatistics statistics_of(const FrameCounts& counts) {
  return {.packets_in = counts.packets_in,
          .bytes_in = counts.bytes_in,
          .packets_out = counts.packets_out,
          .bytes_out = counts.bytes_out};
}

// nullopt: a port that is chosen when it is bound, or a host that has to be looked up.
std::optional<fabric::Gateway> udp_gateway(const ubridge::UdpNio& nio) {
  const int local = ubridge::lenient_number(nio.local_port);
  const int remote = ubridge::lenient_number(nio.remote_port);
  if (local <= 0 || local > 65535 || remote <= 0 || remote > 65535) return std::nullopt;
  const bool ipv6 = nio.host.find(':') != std::string::npos;
  const auto end = gateway::parse_udp_address(ipv6 ? fmt::format("[{}]:{}", nio.host, remote)
                                                   : fmt::format("{}:{}", nio.host, remote));
  if (!end) return std::nullopt;
  const auto any = fmt::format("{}:{}", ipv6 ? "[::]" : "0.0.0.0", local);
  return fabric::UdpGateway{.local = any, .remote = gateway::format(*end)};
}

}  // namespace

FabricEffects::FabricEffects(boost::asio::any_io_executor executor, int debug_level,
                             const ubridge::Log& log, AgentUse use)
    : HostCarrier(std::move(executor), debug_level, log), log_(log), rows_(use) {}

FabricEffects::~FabricEffects() {
  if (const auto gone = rows_.clear(); !gone) log_(format(gone.error()));
}

bool FabricEffects::Wire::is_blank() const {
  return !ends[0] && !ends[1] && filters.empty() && !capturing;
}

void FabricEffects::forget_if_blank(const std::string& bridge) {
  const auto found = wires_.find(bridge);
  if (found != wires_.end() && found->second.is_blank()) wires_.erase(found);
}

Result<void> FabricEffects::open_here(const std::string& bridge, Wire& wire, Slot slot) {
  End& end = *wire.ends.at(index(slot));
  if (end.open) return {};
  auto opened = HostCarrier::open(bridge, slot,
                                  end.plug ? Nio{ubridge::LinuxRawNio{end.plug->device}} : end.nio);
  end.open = opened.has_value();
  return opened;
}

void FabricEffects::close_here(const std::string& bridge, Wire& wire, Slot slot) {
  End& end = *wire.ends.at(index(slot));
  if (!std::exchange(end.open, false)) return;
  auto& former = wire.former.at(index(slot));
  former = former + HostCarrier::statistics(bridge, slot).value_or(NioStatistics{});
  (void)HostCarrier::close(bridge, slot);
}

Result<void> FabricEffects::open(const std::string& bridge, Slot slot, const Nio& nio) {
  const auto* tap = std::get_if<ubridge::TapNio>(&nio);
  const bool was_there = tap != nullptr && has_device(tap->device);
  auto opened = HostCarrier::open(bridge, slot, nio);
  if (!opened) return opened;
  wires_[bridge].ends.at(index(slot)) =
      End{.nio = nio, .own_tap = tap != nullptr && !was_there, .open = true};
  return opened;
}

Result<void> FabricEffects::close(const std::string& bridge, Slot slot) {
  auto& wire = wires_[bridge];
  auto& end = wire.ends.at(index(slot));
  Result<void> done;
  if (end) {
    close_here(bridge, wire, slot);
    if (end->plug) done = rows_.unplug(*end->plug);
    end.reset();
  }
  wire.former.at(index(slot)) = {};
  wire.zero.at(index(slot)) = {};
  wire.filtered = false;
  forget_if_blank(bridge);
  return done;
}

std::optional<JointEnd> FabricEffects::joint_end(const End& end) const {
  if (end.plug) return *end.plug;
  if (const auto* udp = std::get_if<ubridge::UdpNio>(&end.nio)) {
    if (auto gateway = udp_gateway(*udp)) return *std::move(gateway);
  } else if (const auto* raw = std::get_if<ubridge::LinuxRawNio>(&end.nio)) {
    if (veths_.contains(raw->device)) return fabric::NicGateway{.device = raw->device};
  }
  return std::nullopt;
}

std::optional<std::array<JointEnd, 2>> FabricEffects::for_fabric(const Wire& wire) const {
  if (wire.capturing || wire.filtered || !wire.ends[0] || !wire.ends[1]) return std::nullopt;
  if (!kernel_filters(wire.filters)) return std::nullopt;
  const auto a = joint_end(*wire.ends[0]);
  const auto b = joint_end(*wire.ends[1]);
  if (!a || !b) return std::nullopt;
  return std::array<JointEnd, 2>{*a, *b};
}

Result<void> FabricEffects::start_on_fabric(const std::string& bridge, Wire& wire,
                                            const std::array<JointEnd, 2>& ends) {
  if (auto ready = rows_.ready(); !ready) return ready;
  // Its ports must be free for the fabric's own sockets.
  for (const Slot slot : both_slots) close_here(bridge, wire, slot);
  auto joint = rows_.join(ends, *kernel_filters(wire.filters));
  if (!joint) return std::unexpected(joint.error());
  wire.joint = *std::move(joint);
  // What an adapter has counted so far was counted already, or before its link.
  const auto counts = rows_.count(*wire.joint);
  for (std::size_t i = 0; counts && i < counts->size(); ++i)
    wire.former.at(i) = wire.former.at(i) - statistics_of(counts->at(i));
  return {};
}

Result<void> FabricEffects::start(const std::string& bridge, Wire& wire) {
  if (const auto ends = for_fabric(wire)) {
    const auto started = start_on_fabric(bridge, wire, *ends);
    if (started) return started;
    if (started.error().code != Errc::unreachable)
      log_(fmt::format("{}; its frames pass through this process", format(started.error())));
  }
  for (const Slot slot : both_slots)
    if (auto opened = open_here(bridge, wire, slot); !opened) return opened;
  return HostCarrier::join(bridge);
}

void FabricEffects::stop(const std::string& bridge, Wire& wire) {
  if (wire.joint) {
    if (const auto counts = rows_.count(*wire.joint))
      for (std::size_t i = 0; i < counts->size(); ++i)
        wire.former.at(i) = wire.former.at(i) + statistics_of(counts->at(i));
    if (const auto gone = rows_.separate(*wire.joint); !gone) log_(format(gone.error()));
    wire.joint.reset();
  } else {
    (void)HostCarrier::separate(bridge);
  }
  for (const Slot slot : both_slots) {
    auto& end = wire.ends.at(index(slot));
    if (!end) continue;
    // An adapter's own end is only wanted while frames pass through here; ports stay taken.
    if (end->plug)
      close_here(bridge, wire, slot);
    else if (const auto opened = open_here(bridge, wire, slot); !opened)
      log_(format(opened.error()));
  }
}

Result<void> FabricEffects::look_again(const std::string& bridge, Wire& wire) {
  if (!wire.running || wire.joint.has_value() == for_fabric(wire).has_value()) return {};
  stop(bridge, wire);
  return start(bridge, wire);
}

Result<void> FabricEffects::join(const std::string& bridge) {
  auto& wire = wires_[bridge];
  auto started = start(bridge, wire);
  wire.running = started.has_value();
  return started;
}

Result<void> FabricEffects::separate(const std::string& bridge) {
  auto& wire = wires_[bridge];
  if (std::exchange(wire.running, false)) stop(bridge, wire);
  forget_if_blank(bridge);
  return {};
}

Result<void> FabricEffects::renamed(const std::string& from, const std::string& to) {
  if (auto wire = wires_.extract(from)) {
    wire.key() = to;
    wires_.erase(to);
    wires_.insert(std::move(wire));
  }
  return HostCarrier::renamed(from, to);
}

Result<void> FabricEffects::set_filters(const std::string& bridge,
                                        const std::vector<ubridge::Filter>& filters) {
  if (auto set = HostCarrier::set_filters(bridge, filters); !set) return set;
  auto& wire = wires_[bridge];
  const auto former = kernel_filters(std::exchange(wire.filters, filters));
  const auto now = kernel_filters(filters);
  Result<void> done;
  if (wire.joint && now) {
    if (now != former) done = rows_.shape(*wire.joint, *now);
  } else {
    done = look_again(bridge, wire);
  }
  forget_if_blank(bridge);
  return done;
}

Result<void> FabricEffects::start_capture(const std::string& bridge,
                                          const ubridge::Capture& capture) {
  if (auto started = HostCarrier::start_capture(bridge, capture); !started) return started;
  auto& wire = wires_[bridge];
  wire.capturing = true;
  return look_again(bridge, wire);
}

Result<void> FabricEffects::stop_capture(const std::string& bridge) {
  auto stopped = HostCarrier::stop_capture(bridge);
  auto& wire = wires_[bridge];
  wire.capturing = false;
  if (stopped) stopped = look_again(bridge, wire);
  forget_if_blank(bridge);
  return stopped;
}

Result<void> FabricEffects::set_pcap_filter(const std::string& bridge, Slot slot,
                                            const std::optional<std::string>& expression) {
  auto set = HostCarrier::set_pcap_filter(bridge, slot, expression);
  if (set) wires_[bridge].filtered = expression.has_value();
  return set;
}

Result<std::array<NioStatistics, 2>> FabricEffects::counted(const std::string& bridge, Wire& wire) {
  std::array<NioStatistics, 2> all = wire.former;
  if (wire.joint) {
    const auto counts = rows_.count(*wire.joint);
    if (!counts) return std::unexpected(counts.error());
    for (std::size_t i = 0; i < all.size(); ++i)
      all.at(i) = all.at(i) + statistics_of(counts->at(i));
    return all;
  }
  for (const Slot slot : both_slots) {
    const auto here = HostCarrier::statistics(bridge, slot);
    if (!here) return std::unexpected(here.error());
    all.at(index(slot)) = all.at(index(slot)) + *here;
  }
  return all;
}

Result<NioStatistics> FabricEffects::statistics(const std::string& bridge, Slot slot) {
  const auto found = wires_.find(bridge);
  if (found == wires_.end()) return NioStatistics{};
  const auto all = counted(bridge, found->second);
  if (!all) return std::unexpected(all.error());
  return all->at(index(slot)) - found->second.zero.at(index(slot));
}

Result<void> FabricEffects::reset_statistics(const std::string& bridge) {
  const auto found = wires_.find(bridge);
  if (found == wires_.end()) return {};
  const auto all = counted(bridge, found->second);
  if (!all) return std::unexpected(all.error());
  found->second.zero = *all;
  return {};
}

Result<bool> FabricEffects::create_veth(const std::string& first, const std::string& second) {
  auto made = HostCarrier::create_veth(first, second);
  if (made) veths_.insert({first, second});
  return made;
}

Result<void> FabricEffects::delete_veth(const std::string& device) {
  veths_.erase(device);
  return HostCarrier::delete_veth(device);
}

std::optional<FabricEffects::Tap> FabricEffects::find_tap(const std::string& device) {
  for (auto& [bridge, wire] : wires_)
    for (const Slot slot : both_slots) {
      auto& end = wire.ends.at(index(slot));
      if (!end || !end->own_tap || end->plug) continue;
      const auto* tap = std::get_if<ubridge::TapNio>(&end->nio);
      if (tap != nullptr && tap->device == device) return Tap{bridge, slot, &wire, &*end};
    }
  return std::nullopt;
}

Result<void> FabricEffects::set_mac_address(const std::string& device, const std::string& address) {
  auto set = HostCarrier::set_mac_address(device, address);
  if (const auto tap = find_tap(device); set && tap) tap->end->mac = address;
  return set;
}

// The TAP goes, and an interface of the fabric comes in its place, where it was to be moved.
Result<void> FabricEffects::plug_in(const Tap& tap, int pid, const std::string& name) {
  if (auto ready = rows_.ready(); !ready) return ready;
  const bool running = std::exchange(tap.wire->running, false);
  if (running) stop(tap.bridge, *tap.wire);
  close_here(tap.bridge, *tap.wire, tap.slot);
  const auto plug = rows_.plug({.pid = pid, .name = name, .mac = tap.end->mac});
  if (plug) {
    tap.end->plug = *plug;
  } else {
    // As before.
    if (auto opened = open_here(tap.bridge, *tap.wire, tap.slot); !opened) return opened;
    const auto* device = std::get_if<ubridge::TapNio>(&tap.end->nio);
    if (tap.end->mac)
      if (auto set = HostCarrier::set_mac_address(device->device, *tap.end->mac); !set) return set;
  }
  if (running) {
    if (auto started = start(tap.bridge, *tap.wire); !started) return started;
    tap.wire->running = true;
  }
  if (!plug) return std::unexpected(plug.error());
  return {};
}

Result<void> FabricEffects::move_to_namespace(const std::string& device, int pid,
                                              const std::string& name) {
  if (const auto tap = find_tap(device); tap && pid > 0) {
    const auto plugged = plug_in(*tap, pid, name);
    if (plugged) return plugged;
    if (plugged.error().code != Errc::unreachable)
      log_(fmt::format("{}; it stays a TAP device", format(plugged.error())));
  }
  return HostCarrier::move_to_namespace(device, pid, name);
}

}  // namespace linkfab::tools
