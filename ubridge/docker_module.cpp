#include <net/if.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "ubridge/modules.hpp"
#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

bool is_too_long(const std::string& device) {
  return device.size() >= IFNAMSIZ;
}

Reply no_interface(Code code, const std::string& device) {
  return refuse(code, fmt::format("could not find interface index for {}", device));
}

Reply transaction_failed(Code code) {
  return refuse(code, "could not complete netlink transaction");
}

// Six groups of two hexadecimal digits, between colons.
bool is_mac_address(std::string_view text) {
  constexpr std::size_t length = 17;
  if (text.size() != length) return false;
  for (std::size_t i = 0; i < length; ++i) {
    const bool fits =
        i % 3 == 2 ? text[i] == ':' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!fits) return false;
  }
  return true;
}

Reply create_veth(Context& context, Arguments arguments) {
  const std::string& first = arguments[0];
  const std::string& second = arguments[1];
  if (is_too_long(first) || is_too_long(second))
    return refuse(Code::cannot_create, "name is too long");
  const auto checksums_off = context.effects.create_veth(first, second);
  if (!context.succeeded(checksums_off)) return transaction_failed(Code::cannot_create);
  Reply reply = done(fmt::format("veth pair created: {} and {}", first, second));
  if (!*checksums_off) reply.information.emplace_back("Warning: could not turn off checksum");
  return reply;
}

Reply delete_veth(Context& context, Arguments arguments) {
  const std::string& device = arguments[0];
  if (!context.effects.has_device(device)) return no_interface(Code::cannot_delete, device);
  if (!context.succeeded(context.effects.delete_veth(device)))
    return transaction_failed(Code::cannot_delete);
  return done(fmt::format("veth interface {} has been deleted", device));
}

Reply move_to_ns(Context& context, Arguments arguments) {
  const std::string& device = arguments[0];
  const std::string& pid = arguments[1];
  const std::string& name = arguments[2];
  if (!context.effects.has_device(device)) return no_interface(Code::cannot_create, device);
  if (!context.succeeded(context.effects.move_to_namespace(device, lenient_number(pid), name)))
    return transaction_failed(Code::cannot_create);
  return done(fmt::format("{} moved to namespace {}", device, pid));
}

Reply set_mac_addr(Context& context, Arguments arguments) {
  const std::string& device = arguments[0];
  const std::string& address = arguments[1];
  if (!is_mac_address(address)) return refuse(Code::cannot_create, "invalid MAC address format");
  if (is_too_long(device)) return refuse(Code::cannot_create, "interface name is too long");
  if (!context.succeeded(context.effects.set_mac_address(device, address))) {
    return refuse(Code::cannot_create,
                  fmt::format("could not set a MAC address on interface {}", device));
  }
  return done(
      fmt::format("MAC address {} has been successfully set on interface {}", address, device));
}

}  // namespace

std::span<const Command> docker_commands() {
  static constexpr std::array commands{
      Command{"set_mac_addr", 2, 2, set_mac_addr},
      Command{"move_to_ns", 3, 3, move_to_ns},
      Command{"delete_veth", 1, 1, delete_veth},
      Command{"create_veth", 2, 2, create_veth},
  };
  return commands;
}

}  // namespace linkfab::ubridge
