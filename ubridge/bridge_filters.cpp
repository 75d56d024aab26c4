#include <algorithm>

#include <fmt/format.h>

#include "ubridge/bpf.hpp"
#include "ubridge/modules.hpp"

namespace linkfab::ubridge {

LinkType capture_link_type(const Context& context, Arguments name) {
  if (name.empty()) return {};
  const auto link_type = parse_link_type(name[0]);
  if (!link_type) context.log(fmt::format("unknown link type {}, assuming Ethernet.", name[0]));
  return link_type.value_or(LinkType{});
}

std::optional<std::vector<Filter>> with_filter(const Context& context, std::vector<Filter> filters,
                                               Arguments arguments) {
  const std::string& name = arguments[0];
  // Without a type, which the counts of the protocol allow, ubridge dies.
  const std::string type = arguments.size() > 1 ? arguments[1] : "";
  if (find_filter(filters, name) != nullptr) {
    context.log(fmt::format("Filter '{}' already exists", name));
    return std::nullopt;
  }
  const auto action =
      parse_filter(type, arguments.subspan(std::min<std::size_t>(2, arguments.size())));
  if (!context.succeeded(action)) return std::nullopt;
  filters.push_back({.name = name, .action = *action});
  return filters;
}

std::optional<std::vector<Filter>> without_filter(std::vector<Filter> filters,
                                                  const std::string& name) {
  if (std::erase_if(filters, [&](const Filter& one) { return one.name == name; }) == 0)
    return std::nullopt;
  return filters;
}

Reply bridge_start_capture(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  if (bridge->capture) {
    return refuse(Code::cannot_start,
                  fmt::format("packet capture is already active on bridge '{}'", name));
  }
  const Capture capture{.file = arguments[1],
                        .link_type = capture_link_type(context, arguments.subspan(2))};
  if (!context.succeeded(context.effects.start_capture(name, capture))) {
    return refuse(Code::cannot_start,
                  fmt::format("packet capture could not be started on bridge '{}'", name));
  }
  bridge->capture = capture;
  return done(fmt::format("packet capture started on bridge '{}'", name));
}

Reply bridge_stop_capture(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  if (!bridge->capture) {
    return refuse(Code::cannot_start, fmt::format("no packet capture active on bridge '{}'", name));
  }
  (void)context.succeeded(context.effects.stop_capture(name));
  bridge->capture.reset();
  return done(fmt::format("packet capture stopped on bridge '{}'", name));
}

Reply bridge_add_packet_filter(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  const auto filters = with_filter(context, bridge->filters, arguments.subspan(1));
  if (!filters || !context.succeeded(context.effects.set_filters(name, *filters)))
    return refuse(Code::cannot_create, fmt::format("Failed to add filter '{}'", arguments[1]));
  bridge->filters = *filters;
  return done(
      fmt::format("Filter '{}' type '{}' added to bridge '{}'", arguments[1], arguments[2], name));
}

Reply bridge_delete_packet_filter(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  const auto filters = without_filter(bridge->filters, arguments[1]);
  if (!filters || !context.succeeded(context.effects.set_filters(name, *filters)))
    return refuse(Code::cannot_create, fmt::format("Failed to delete filter '{}'", arguments[1]));
  bridge->filters = *filters;
  return done(fmt::format("Filter '{}' delete from bridge '{}'", arguments[1], name));
}

Reply bridge_reset_packet_filters(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  if (bridge->filters.empty()) return {};  // comes at each start and update of a link
  if (!context.succeeded(context.effects.set_filters(name, {}))) {
    return refuse(Code::cannot_create,
                  fmt::format("Failed to reset the filters of bridge '{}'", name));
  }
  bridge->filters.clear();
  return {};
}

Reply bridge_set_pcap_filter(Context& context, Arguments arguments) {
  const std::string& name = arguments[0];
  const Bridge* bridge = context.bridges.find(name);
  if (bridge == nullptr) return no_bridge(name);
  std::optional<std::string> expression;
  if (arguments.size() > 1) expression = arguments[1];
  bool applied = false;
  for (const Slot slot : both_slots) {
    const auto& nio = bridge->at(slot);
    if (!nio || !std::holds_alternative<EthernetNio>(*nio)) continue;
    if ((expression && !context.succeeded(compile_bpf(*expression, LinkType{}))) ||
        !context.succeeded(context.effects.set_pcap_filter(name, slot, expression))) {
      return refuse(Code::cannot_create, fmt::format("unable to apply filter on bridge {} ({} NIO)",
                                                     name, format(slot)));
    }
    applied = true;
  }
  if (!applied) {
    return refuse(
        Code::cannot_create,
        fmt::format("bridge {} must have at least one Ethernet NIO in order to apply a filter",
                    name));
  }
  if (!expression) return done(fmt::format("filter reset on bridge '{}'", name));
  return done(fmt::format("filter '{}' applied on bridge '{}'", *expression, name));
}

}  // namespace linkfab::ubridge
