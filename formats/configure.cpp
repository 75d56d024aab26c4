// Lines of ip(8), ifconfig(8) and route(8) that say what a topology file says.
#include <algorithm>
#include <bit>
#include <optional>
#include <span>

#include "core/units.hpp"
#include "formats/values.hpp"
#include "netem/address.hpp"

namespace linkfab::formats {
namespace {

using Words = std::span<const std::string>;

// Any beginning of the word is the word, as ip(8) has it.
bool is(const std::string& word, std::string_view whole, std::size_t least = 1) {
  return word.size() >= least && whole.starts_with(word);
}

bool is_interface(const std::string& name) {
  return fabric::check_interface_name(name).has_value() && name.find('%') == std::string::npos;
}

bool add_prefix(fabric::Node& node, const std::string& device, const std::string& text) {
  auto prefix = netem::canonical_prefix(text);
  if (!prefix || !is_interface(device)) return false;
  auto& all = node.interfaces[device].addresses;
  if (std::ranges::find(all, *prefix) == all.end()) all.push_back(*std::move(prefix));
  return true;
}

// "add A/L [broadcast B|+] dev IF"
bool address(fabric::Node& node, Words words) {
  if (words.size() < 2 || !is(words[0], "add")) return false;
  std::string text;
  std::string device;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "dev" && more) {
      device = words[++i];
    } else if ((words[i] == "broadcast" || words[i] == "brd") && more) {
      ++i;
    } else if (text.empty()) {
      text = words[i];
    } else {
      return false;
    }
  }
  return !device.empty() && device != "lo" && add_prefix(node, device, text);
}

// "add DESTINATION [via A] [dev IF]"
bool route(fabric::Node& node, Words words, bool six) {
  if (words.size() < 2 || !(is(words[0], "add") || is(words[0], "replace"))) return false;
  fabric::Route route;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "via" && more) {
      const auto via = netem::canonical_address(words[++i]);
      if (!via) return false;
      route.via = *via;
    } else if (words[i] == "dev" && more) {
      route.dev = words[++i];
    } else if (route.destination.empty()) {
      route.destination = words[i];
    } else {
      return false;
    }
  }
  six = six || route.via.find(':') != std::string::npos;
  if (route.destination == "default" && six) route.destination = "::/0";
  const auto destination = netem::canonical_destination(route.destination);
  if (!destination || (route.via.empty() && route.dev.empty())) return false;
  route.destination = *destination;
  if (!route.dev.empty() && !node.interfaces.contains(route.dev)) return false;
  add_route(node, std::move(route));
  return true;
}

// "set [dev] IF [up] [mtu N] [address M]"
bool link(fabric::Node& node, Words words) {
  if (words.size() < 3 || words[0] != "set") return false;
  words = words.subspan(words[1] == "dev" && words.size() > 3 ? 2 : 1);
  const auto& device = words[0];
  if (device == "lo") return words.size() == 2 && words[1] == "up";
  if (!is_interface(device)) return false;
  auto changed =
      node.interfaces.contains(device) ? node.interfaces.at(device) : fabric::Interface{};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "up") continue;
    if (words[i] == "mtu" && more) {
      const auto mtu = parse_integer(words[++i], 68, 65535);
      if (!mtu) return false;
      set_mtu(changed, static_cast<std::uint32_t>(*mtu));
    } else if (words[i] == "address" && more) {
      const auto mac = netem::canonical_mac(words[++i]);
      if (!mac) return false;
      changed.mac = *mac;
    } else {
      return false;
    }
  }
  node.interfaces[device] = std::move(changed);
  return true;
}

bool ip(fabric::Node& node, Words words) {
  bool six = false;
  while (!words.empty() && words[0].starts_with('-')) {
    if (words[0] != "-4" && words[0] != "-6") return false;
    six = words[0] == "-6";
    words = words.subspan(1);
  }
  if (words.size() < 2) return false;
  const auto rest = words.subspan(1);
  if (is(words[0], "address")) return address(node, rest);
  if (is(words[0], "route")) return route(node, rest, six);
  if (is(words[0], "link")) return link(node, rest);
  return false;
}

// The length of a mask such as 255.255.255.0.
std::optional<int> mask_length(const std::string& mask) {
  const auto prefix = netem::canonical_prefix(mask);
  if (!prefix || prefix->find(':') != std::string::npos) return std::nullopt;
  std::uint32_t bits = 0;
  std::size_t at = 0;
  for (int i = 0; i < 4; ++i) {
    const auto end = prefix->find_first_of("./", at);
    const auto part = parse_integer(prefix->substr(at, end - at), 0, 255);
    if (!part) return std::nullopt;
    bits = (bits << 8U) | static_cast<std::uint32_t>(*part);
    at = end + 1;
  }
  const auto length = std::countl_one(bits);
  if (length < 32 && (bits << static_cast<unsigned>(length)) != 0) return std::nullopt;
  return length;
}

// "IF [A[/L]] [netmask M] [up]"
bool ifconfig(fabric::Node& node, Words words) {
  if (words.size() < 2 || !is_interface(words[0])) return false;
  std::string address;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "up") continue;
    if (words[i] == "netmask" && more) {
      const auto length = mask_length(words[++i]);
      if (!length || address.empty()) return false;
      address = address.substr(0, address.find('/')) + "/" + std::to_string(*length);
    } else if ((words[i] == "broadcast") && more) {
      ++i;
    } else if (address.empty()) {
      address = words[i];
    } else {
      return false;
    }
  }
  if (address.empty()) return true;
  return address.find('/') != std::string::npos && add_prefix(node, words[0], address);
}

// "add default gw A [dev IF]", "add -net N/L gw A [dev IF]"
bool old_route(fabric::Node& node, Words words) {
  if (words.size() < 4 || words[0] != "add") return false;
  words = words.subspan(words[1] == "-net" ? 2 : 1);
  std::vector<std::string> other{"add", words[0]};
  for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
    if (words[i] != "gw" && words[i] != "dev") return false;
    other.insert(other.end(), {words[i] == "gw" ? "via" : "dev", words[i + 1]});
  }
  return words.size() % 2 == 1 && route(node, other, false);
}

}  // namespace

bool configure(fabric::Node& node, std::string_view line) {
  const auto words = shell_words(line);
  if (!words || words->size() < 2) return false;
  const Words rest = Words{*words}.subspan(1);
  auto program = words->front();
  for (const std::string_view folder : {"/sbin/", "/usr/sbin/", "/bin/", "/usr/bin/"})
    if (program.starts_with(folder)) program.erase(0, folder.size());
  if (program == "ip") return ip(node, rest);
  if (program == "ifconfig") return ifconfig(node, rest);
  if (program == "route") return old_route(node, rest);
  return false;
}

}  // namespace linkfab::formats
