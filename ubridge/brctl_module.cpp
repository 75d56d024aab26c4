#include <array>

#include <fmt/format.h>

#include "ubridge/modules.hpp"

namespace linkfab::ubridge {
namespace {

Reply add_interface(Context& context, Arguments arguments) {
  const std::string& bridge = arguments[0];
  const std::string& device = arguments[1];
  if (!context.effects.has_device(device))
    return refuse(Code::cannot_create, fmt::format("Could not find interface {}", device));
  const auto added = context.effects.add_to_linux_bridge(bridge, device);
  const bool is_member = !added && added.error().code == Errc::exists;
  if (!is_member && !context.succeeded(added)) {
    return refuse(Code::cannot_create, fmt::format("Could not add interface {} to {}: {}", device,
                                                   bridge, added.error().cause));
  }
  if (!context.succeeded(context.effects.set_up(device)))
    return refuse(Code::cannot_create, fmt::format("Could not up interface {}", device));
  return done(fmt::format("{} has been added to bridge {}", device, bridge));
}

}  // namespace

std::span<const Command> brctl_commands() {
  static constexpr std::array commands{Command{"addif", 2, 2, add_interface}};
  return commands;
}

}  // namespace linkfab::ubridge
