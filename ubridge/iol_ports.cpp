#include <expected>

#include <fmt/format.h>

#include "ubridge/modules.hpp"
#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

// A port of a bridge, which need not have a NIO yet: filters and captures may come first.
struct Place {
  IolBridge& bridge;
  IolPort port;

  [[nodiscard]] IolPortState& state() const { return bridge.ports[port]; }
};

// Arguments begin with the bridge's name; `at` is where bay and unit are.
std::expected<Place, Reply> find_place(Context& context, Arguments arguments, std::size_t at) {
  IolBridge* bridge = context.bridges.find_iol(arguments[0]);
  if (bridge == nullptr) return std::unexpected(no_bridge(arguments[0]));
  const IolPort port{.bay = lenient_number(arguments[at]),
                     .unit = lenient_number(arguments[at + 1])};
  if (!port.valid()) {
    return std::unexpected(refuse(Code::not_found, fmt::format("IOL bridge '{}' has no port {}",
                                                               arguments[0], format(port))));
  }
  return Place{*bridge, port};
}

std::expected<Place, Reply> find_place(Context& context, Arguments arguments) {
  return find_place(context, arguments, 1);
}

}  // namespace

Reply iol_add_nio_udp(Context& context, Arguments arguments) {
  const auto place = find_place(context, arguments, 2);
  if (!place) return place.error();
  const std::string& name = arguments[0];
  const IolEnd end{.iol_id = lenient_number(arguments[1]),
                   .nio = {arguments[4], arguments[5], arguments[6]}};
  if (end.iol_id == place->bridge.id) {
    return refuse(Code::cannot_create,
                  fmt::format("IOU ID {} cannot be the same as bridge '{}' ID", end.iol_id, name));
  }
  if (!context.succeeded(context.effects.open_iol(name, place->port, end))) {
    return refuse(Code::cannot_create,
                  fmt::format("unable to create NIO UDP for IOL bridge '{}'", name));
  }
  place->state().end = end;
  return done(fmt::format("NIO UDP added to IOL bridge '{}'", name));
}

Reply iol_delete_nio_udp(Context& context, Arguments arguments) {
  const auto place = find_place(context, arguments);
  if (!place) return place.error();
  const std::string& name = arguments[0];
  if (place->state().end) {
    (void)context.succeeded(context.effects.close_iol(name, place->port));
    place->state().end.reset();
  }
  return done(fmt::format("NIO UDP deleted from IOL bridge '{}'", name));
}

Reply iol_start_capture(Context& context, Arguments arguments) {
  const auto place = find_place(context, arguments);
  if (!place) return place.error();
  const std::string port = format(place->port);
  if (place->state().capture) {
    return refuse(Code::cannot_start,
                  fmt::format("packet capture is already active on port {}", port));
  }
  const Capture capture{.file = arguments[3],
                        .link_type = capture_link_type(context, arguments.subspan(4))};
  if (!context.succeeded(context.effects.start_iol_capture(arguments[0], place->port, capture))) {
    return refuse(Code::cannot_start,
                  fmt::format("packet capture could not be started on bridge '{}'", arguments[0]));
  }
  place->state().capture = capture;
  return done(fmt::format("packet capture started on port {}", port));
}

Reply iol_stop_capture(Context& context, Arguments arguments) {
  const auto place = find_place(context, arguments);
  if (!place) return place.error();
  const std::string port = format(place->port);
  if (!place->state().capture)
    return refuse(Code::not_found, fmt::format("no packet capture active on port {}", port));
  (void)context.succeeded(context.effects.stop_iol_capture(arguments[0], place->port));
  place->state().capture.reset();
  return done(fmt::format("packet capture stopped on port {}", port));
}

Reply iol_add_packet_filter(Context& context, Arguments arguments) {
  const auto place = find_place(context, arguments);
  if (!place) return place.error();
  const std::string& name = arguments[0];
  const auto filters = with_filter(context, place->state().filters, arguments.subspan(3));
  if (!filters ||
      !context.succeeded(context.effects.set_iol_filters(name, place->port, *filters))) {
    return refuse(Code::cannot_create, fmt::format("Failed to add filter '{}'", arguments[3]));
  }
  place->state().filters = *filters;
  return done(
      fmt::format("Filter '{}' type '{}' added to bridge '{}'", arguments[3], arguments[4], name));
}

Reply iol_delete_packet_filter(Context& context, Arguments arguments) {
  const auto place = find_place(context, arguments);
  if (!place) return place.error();
  const std::string& name = arguments[0];
  const auto filters = without_filter(place->state().filters, arguments[3]);
  if (!filters ||
      !context.succeeded(context.effects.set_iol_filters(name, place->port, *filters))) {
    return refuse(Code::cannot_create, fmt::format("Failed to delete filter '{}'", arguments[3]));
  }
  place->state().filters = *filters;
  return done(fmt::format("Filter '{}' deleted from bridge '{}'", arguments[3], name));
}

Reply iol_reset_packet_filters(Context& context, Arguments arguments) {
  const auto place = find_place(context, arguments);
  if (!place) return place.error();
  auto& filters = place->state().filters;
  if (filters.empty()) return {};
  if (!context.succeeded(context.effects.set_iol_filters(arguments[0], place->port, {}))) {
    return refuse(Code::cannot_create,
                  fmt::format("Failed to reset the filters of port {}", format(place->port)));
  }
  filters.clear();
  return {};
}

}  // namespace linkfab::ubridge
