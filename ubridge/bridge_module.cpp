#include <net/if.h>

#include <array>

#include <fmt/format.h>

#include "ubridge/modules.hpp"

namespace linkfab::ubridge {
namespace {

Reply create(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  if (context.bridges.find(name) != nullptr)
    return refuse(Code::cannot_create, fmt::format("bridge '{}' already exist", name));
  auto& bridges = context.bridges.bridges;
  bridges.insert(bridges.begin(), {.name = name});
  return done(fmt::format("bridge '{}' created", name));
}

Reply erase(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  if (context.bridges.find(name) == nullptr) return no_bridge(name);
  remove_bridge(context, name);
  return done(fmt::format("bridge '{}' deleted", name));
}

Reply start(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  if (bridge->running)
    return refuse(Code::cannot_start, fmt::format("bridge '{}' is already running", name));
  if (bridge->free_slot()) {
    return refuse(Code::cannot_start,
                  fmt::format("bridge '{}' must have 2 NIOs to be started", name));
  }
  if (!context.succeeded(context.effects.join(name)))
    return refuse(Code::cannot_start, fmt::format("bridge '{}' could not be started", name));
  bridge->running = true;
  return done(fmt::format("bridge '{}' started", name));
}

Reply stop(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  if (!bridge->running)
    return refuse(Code::cannot_stop, fmt::format("bridge '{}' is not running", name));
  if (!context.succeeded(context.effects.separate(name)))
    return refuse(Code::cannot_stop, fmt::format("bridge '{}' could not be stopped", name));
  bridge->running = false;
  return done(fmt::format("bridge '{}' stopped", name));
}

Reply rename(Context& context, Arguments arguments) {
  const std::string& from = arguments[0];
  const std::string& to = arguments[1];
  Bridge* bridge = context.bridges.find(from);
  if (bridge == nullptr) return no_bridge(from);
  if (context.bridges.find(to) != nullptr)
    return refuse(Code::cannot_rename, fmt::format("bridge '{}' already exist", from));
  if (!context.succeeded(context.effects.renamed(from, to)))
    return refuse(Code::cannot_rename, fmt::format("bridge '{}' could not be renamed", from));
  bridge->name = to;
  return done(fmt::format("bridge '{}' renamed to '{}'", from, to));
}

Reply list(Context& context, Arguments) {
  Reply reply;
  for (const Bridge& bridge : context.bridges.bridges)
    reply.information.push_back(fmt::format("{} (NIOs = {})", bridge.name, bridge.nio_count()));
  return reply;
}

Reply show(Context& context, Arguments arguments) {
  const Bridge* bridge = context.bridges.find(arguments[0]);
  if (bridge == nullptr) return no_bridge(arguments[0]);
  Reply reply;
  reply.information.push_back(
      fmt::format("bridge '{}' is {}running", bridge->name, bridge->running ? "" : "not "));
  std::size_t position = 0;
  for (const Filter& filter : bridge->filters) {
    reply.information.push_back(
        fmt::format("Filter '{}' configured in position {}", filter.name, ++position));
  }
  for (const Slot slot : both_slots) {
    if (!bridge->at(slot)) continue;
    reply.information.push_back(fmt::format(
        "{} NIO: {}", slot == Slot::source ? "Source" : "Destination", format(*bridge->at(slot))));
  }
  return reply;
}

Reply get_stats(Context& context, Arguments arguments) {
  const Bridge* bridge = context.bridges.find(arguments[0]);
  if (bridge == nullptr) return no_bridge(arguments[0]);
  Reply reply;
  for (const Slot slot : both_slots) {
    if (!bridge->at(slot)) continue;
    const auto statistics = context.effects.statistics(bridge->name, slot);
    const NioStatistics shown = context.succeeded(statistics) ? *statistics : NioStatistics{};
    reply.information.push_back((slot == Slot::source ? "Source NIO:      " : "Destination NIO: ") +
                                format(shown));
  }
  return reply;
}

Reply reset_stats(Context& context, Arguments arguments) {
  if (context.bridges.find(arguments[0]) == nullptr) return no_bridge(arguments[0]);
  (void)context.succeeded(context.effects.reset_statistics(arguments[0]));
  return {};
}

Reply add_nio(Context& context, const std::string& name, const Nio& nio) {
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  const auto slot = bridge->free_slot();
  if (!slot) {
    return refuse(Code::cannot_create,
                  fmt::format("bridge '{}' has already 2 allocated NIOs", name));
  }
  if (!context.succeeded(context.effects.open(name, *slot, nio))) {
    return refuse(Code::cannot_create,
                  fmt::format("unable to create NIO {} for bridge '{}'", kind(nio), name));
  }
  bridge->at(*slot) = nio;
  return done(fmt::format("NIO {} added to bridge '{}'", kind(nio), name));
}

Reply add_nio_udp(Context& context, Arguments arguments) {
  return add_nio(context, arguments[0], UdpNio{arguments[1], arguments[2], arguments[3]});
}

template <class Device>
Reply add_nio_device(Context& context, Arguments arguments) {
  return add_nio(context, arguments[0], Device{arguments[1]});
}

// The kernel has no longer names, so the device that `show` tells of is the one that is there.
Reply add_nio_tap(Context& context, Arguments arguments) {
  const std::string& device = arguments[1];
  const bool is_file = device.starts_with('/');
  return add_nio(context, arguments[0], TapNio{is_file ? device : device.substr(0, IFNAMSIZ - 1)});
}

Reply add_nio_unix(Context& context, Arguments arguments) {
  return add_nio(context, arguments[0], UnixNio{arguments[1], arguments[2]});
}

Reply remove_nio_udp(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  if (bridge->running) return refuse(Code::not_found, fmt::format("bridge '{}' is running", name));
  for (const Slot slot : both_slots) {
    auto& nio = bridge->at(slot);
    const auto* udp = nio ? std::get_if<UdpNio>(&*nio) : nullptr;
    if (udp == nullptr || !udp->has_ports(arguments[1], arguments[3])) continue;
    (void)context.succeeded(context.effects.close(name, slot));
    nio.reset();
    return done(fmt::format("NIO UDP removed from bridge '{}'", name));
  }
  return refuse(Code::not_found, fmt::format("UDP nio missing in '{}'", name));
}

}  // namespace

Reply no_bridge(const std::string& name) {
  return refuse(Code::not_found, fmt::format("bridge '{}' doesn't exist", name));
}

void remove_bridge(Context& context, const std::string& name) {
  const Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return;
  if (bridge->running) (void)context.succeeded(context.effects.separate(name));
  if (bridge->capture) (void)context.succeeded(context.effects.stop_capture(name));
  if (!bridge->filters.empty()) (void)context.succeeded(context.effects.set_filters(name, {}));
  for (const Slot slot : both_slots)
    if (bridge->at(slot)) (void)context.succeeded(context.effects.close(name, slot));
  std::erase_if(context.bridges.bridges, [&](const Bridge& one) { return &one == bridge; });
}

std::span<const Command> bridge_commands() {
  static constexpr std::array commands{
      Command{"list", 0, 0, list},
      Command{"set_pcap_filter", 1, 2, bridge_set_pcap_filter},
      Command{"reset_packet_filters", 1, 1, bridge_reset_packet_filters},
      Command{"delete_packet_filter", 2, 2, bridge_delete_packet_filter},
      Command{"add_packet_filter", 2, 10, bridge_add_packet_filter},
      Command{"stop_capture", 1, 1, bridge_stop_capture},
      Command{"start_capture", 2, 3, bridge_start_capture},
      Command{"add_nio_linux_raw", 2, 2, add_nio_device<LinuxRawNio>},
      Command{"add_nio_ethernet", 2, 2, add_nio_device<EthernetNio>},
      Command{"add_nio_tap", 2, 2, add_nio_tap},
      Command{"add_nio_unix", 3, 3, add_nio_unix},
      Command{"delete_nio_udp", 4, 4, remove_nio_udp},
      Command{"remove_nio_udp", 4, 4, remove_nio_udp},
      Command{"add_nio_udp", 4, 4, add_nio_udp},
      Command{"rename", 2, 2, rename},
      Command{"reset_stats", 1, 1, reset_stats},
      Command{"get_stats", 1, 1, get_stats},
      Command{"show", 1, 1, show},
      Command{"stop", 1, 1, stop},
      Command{"start", 1, 1, start},
      Command{"delete", 1, 1, erase},
      Command{"create", 1, 1, create},
  };
  return commands;
}

}  // namespace linkfab::ubridge
