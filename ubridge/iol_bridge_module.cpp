#include <array>

#include <fmt/format.h>

#include "ubridge/modules.hpp"
#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

Reply no_iol_bridge(const std::string& name) {
  return refuse(Code::not_found, fmt::format("IOL bridge '{}' doesn't exist", name));
}

Reply create(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  const int id = lenient_number(arguments[1]);
  if (context.bridges.find_iol(name) != nullptr)
    return refuse(Code::cannot_create, fmt::format("IOL bridge '{}' already exist", name));
  const auto created = context.effects.create_iol(name, id);
  if (!context.succeeded(created)) {
    return refuse(Code::cannot_create,
                  fmt::format("could not create IOL bridge '{}': {}", name, created.error().cause));
  }
  auto& bridges = context.bridges.iol_bridges;
  bridges.insert(bridges.begin(), {.name = name, .id = id});
  return done(fmt::format("IOL bridge '{}' created", name));
}

Reply erase(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  if (context.bridges.find_iol(name) == nullptr) return no_iol_bridge(name);
  remove_iol_bridge(context, name);
  return done(fmt::format("IOL bridge '{}' deleted", name));
}

Reply start(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  IolBridge* bridge = context.bridges.find_iol(name);
  if (bridge == nullptr) return no_iol_bridge(name);
  if (bridge->running)
    return refuse(Code::cannot_start, fmt::format("IOL bridge '{}' is already running", name));
  if (!context.succeeded(context.effects.start_iol(name)))
    return refuse(Code::cannot_start, fmt::format("IOL bridge '{}' could not be started", name));
  bridge->running = true;
  return done(fmt::format("IOL bridge '{}' started", name));
}

Reply stop(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  IolBridge* bridge = context.bridges.find_iol(name);
  if (bridge == nullptr) return no_iol_bridge(name);
  if (!bridge->running)
    return refuse(Code::cannot_stop, fmt::format("IOL bridge '{}' is not running", name));
  if (!context.succeeded(context.effects.stop_iol(name)))
    return refuse(Code::cannot_stop, fmt::format("IOL bridge '{}' could not be stopped", name));
  bridge->running = false;
  return done(fmt::format("IOL bridge '{}' stopped", name));
}

Reply rename(Context& context, Arguments arguments) {
  const std::string& from = arguments[0];
  const std::string& to = arguments[1];
  IolBridge* bridge = context.bridges.find_iol(from);
  if (bridge == nullptr) return no_iol_bridge(from);
  if (context.bridges.find_iol(to) != nullptr)
    return refuse(Code::cannot_rename, fmt::format("IOL bridge '{}' already exist", from));
  if (!context.succeeded(context.effects.renamed_iol(from, to)))
    return refuse(Code::cannot_rename, fmt::format("IOL bridge '{}' could not be renamed", from));
  bridge->name = to;
  return done(fmt::format("IOL bridge '{}' renamed to '{}'", from, to));
}

Reply list(Context& context, Arguments) {
  Reply reply;
  for (const IolBridge& bridge : context.bridges.iol_bridges)
    reply.information.push_back(fmt::format("{} (ports = {})", bridge.name, bridge.nio_count()));
  return reply;
}

Reply get_stats(Context& context, Arguments arguments) {
  const IolBridge* bridge = context.bridges.find_iol(arguments[0]);
  if (bridge == nullptr) return no_bridge(arguments[0]);
  Reply reply;
  for (const auto& [port, state] : bridge->ports) {
    if (!state.end) continue;
    const auto statistics = context.effects.iol_statistics(bridge->name, port);
    const NioStatistics shown = context.succeeded(statistics) ? *statistics : NioStatistics{};
    reply.information.push_back(fmt::format("port {}:      {}", format(port), format(shown)));
  }
  return reply;
}

Reply reset_stats(Context& context, Arguments arguments) {
  if (context.bridges.find_iol(arguments[0]) == nullptr) return no_bridge(arguments[0]);
  (void)context.succeeded(context.effects.reset_iol_statistics(arguments[0]));
  return {};
}

}  // namespace

void remove_iol_bridge(Context& context, const std::string& name) {
  const IolBridge* bridge = context.bridges.find_iol(name);
  if (bridge == nullptr) return;
  if (bridge->running) (void)context.succeeded(context.effects.stop_iol(name));
  for (const auto& [port, state] : bridge->ports) {
    if (state.capture) (void)context.succeeded(context.effects.stop_iol_capture(name, port));
    if (!state.filters.empty())
      (void)context.succeeded(context.effects.set_iol_filters(name, port, {}));
    if (state.end) (void)context.succeeded(context.effects.close_iol(name, port));
  }
  (void)context.succeeded(context.effects.delete_iol(name));
  std::erase_if(context.bridges.iol_bridges, [&](const IolBridge& one) { return &one == bridge; });
}

std::span<const Command> iol_bridge_commands() {
  static constexpr std::array commands{
      Command{"list", 0, 0, list},
      Command{"reset_packet_filters", 3, 3, iol_reset_packet_filters},
      Command{"delete_packet_filter", 4, 4, iol_delete_packet_filter},
      Command{"add_packet_filter", 4, 15, iol_add_packet_filter},
      Command{"stop_capture", 3, 3, iol_stop_capture},
      Command{"start_capture", 4, 5, iol_start_capture},
      Command{"delete_nio_udp", 3, 3, iol_delete_nio_udp},
      Command{"add_nio_udp", 7, 7, iol_add_nio_udp},
      Command{"rename", 2, 2, rename},
      Command{"reset_stats", 1, 1, reset_stats},
      Command{"get_stats", 1, 1, get_stats},
      Command{"stop", 1, 1, stop},
      Command{"start", 1, 1, start},
      Command{"delete", 1, 1, erase},
      Command{"create", 2, 2, create},
  };
  return commands;
}

}  // namespace linkfab::ubridge
