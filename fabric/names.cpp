#include "fabric/names.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "fabric/paths.hpp"

namespace linkfab::fabric {
namespace {

// Crockford: digits and lower-case letters without i, l, o and u.
constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view prefix = "lf";
constexpr std::size_t digit_count = 13;     // 13 × 5 bits hold 64
constexpr std::size_t longest_device = 15;  // IFNAMSIZ of linux/if.h, without its end

std::string full_name(std::string_view instance, const Endpoint& endpoint) {
  return fmt::format("{}:{}:{}", instance, endpoint.node, endpoint.interface);
}

std::string hashed_name(std::string_view before, std::string_view instance,
                        const Endpoint& endpoint) {
  std::string name{before};
  std::uint64_t hash = stable_hash(full_name(instance, endpoint));
  for (std::size_t i = 0; i < digit_count; ++i, hash >>= 5) name += digits[hash & 31];
  return name;
}

}  // namespace

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53;
  return hash ^ hash >> 33;
}

std::string device_name(std::string_view instance, const Endpoint& endpoint) {
  return hashed_name(prefix, instance, endpoint);
}

std::string outer_name(std::string_view instance, const Endpoint& endpoint) {
  return hashed_name("lg", instance, endpoint);
}

std::string gateway_device_name(std::string_view instance, const Endpoint& endpoint) {
  return hashed_name("lx", instance, endpoint);
}

std::string switch_bridge(std::string_view instance, std::string_view node) {
  if (instance == default_instance && node.size() <= longest_device) return std::string(node);
  return hashed_name("lb", instance, {std::string(node), ""});
}

std::string control_socket(std::string_view instance, std::string_view node, std::size_t number) {
  return fmt::format("{}.control{}", switch_bridge(instance, node), number);
}

std::string switch_device(std::string_view instance, const Endpoint& endpoint) {
  auto name = switch_bridge(instance, endpoint.node) + "-" + endpoint.interface;
  return name.size() <= longest_device ? name : outer_name(instance, endpoint);
}

bool is_device_name(std::string_view name) {
  return name.size() == prefix.size() + digit_count && name.starts_with(prefix) &&
         std::ranges::all_of(name.substr(prefix.size()),
                             [](char c) { return digits.find(c) != std::string_view::npos; });
}

std::string format_mark(std::string_view instance, const PortMark& mark) {
  return fmt::format("linkfab {} {} netns={} config={:016x}", instance, format(mark.endpoint),
                     mark.netns, mark.config);
}

std::optional<Endpoint> parse_owner(std::string_view text) {
  const bool stand_in = text.starts_with('@');
  auto endpoint = parse_endpoint(stand_in ? text.substr(1) : text);
  if (!endpoint) return std::nullopt;
  if (stand_in) endpoint->node.insert(0, "@");
  return *std::move(endpoint);
}

std::optional<PortMark> parse_mark(std::string_view instance, std::string_view alias) {
  std::istringstream words{std::string(alias)};
  std::string owner;
  std::string name;
  std::string port;
  std::string netns;
  std::string config;
  words >> owner >> name >> port >> netns >> config;
  if (std::string more; words >> more) return std::nullopt;
  const auto endpoint = parse_owner(port);
  if (owner != "linkfab" || name != instance || !endpoint) return std::nullopt;
  PortMark mark{.endpoint = *endpoint};
  const auto number = [](std::string_view word, std::string_view key, int base,
                         std::uint64_t& value) {
    if (!word.starts_with(key)) return false;
    word.remove_prefix(key.size());
    const auto* const end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, value, base);
    return error == std::errc{} && rest == end;
  };
  if (!number(netns, "netns=", 10, mark.netns) || !number(config, "config=", 16, mark.config))
    return std::nullopt;
  return mark;
}

std::uint32_t device_group(std::string_view instance) {
  // Even, so that the group of the doomed never is another instance's; far from the small numbers
  // people use.
  return 0x4c460000U | (static_cast<std::uint32_t>(stable_hash(instance)) & 0xfffeU);
}

std::string derived_mac(std::string_view instance, const Endpoint& endpoint) {
  const auto hash = stable_hash("mac:" + full_name(instance, endpoint));
  return fmt::format("02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", hash & 0xff, hash >> 8 & 0xff,
                     hash >> 16 & 0xff, hash >> 24 & 0xff, hash >> 32 & 0xff);
}

openflow::Cookie cookie(std::string_view name) {
  return cookie_owner | (stable_hash(name) & ~cookie_mask);
}

std::uint32_t segment_number(std::string_view name) {
  return static_cast<std::uint32_t>(stable_hash(name) >> 34) + 1;
}

}  // namespace linkfab::fabric
