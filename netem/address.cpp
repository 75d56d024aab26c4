#include "netem/address.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/core.h>

#include "netem/attributes.hpp"
#include "netem/prefix.hpp"

namespace linkfab::netem {
namespace {

std::string quoted(std::string_view what, std::string_view text) {
  return fmt::format("read {} \"{}\"", what, text);
}

Message address_message(int type, int flags, const char* verb, IfIndex device,
                        const std::string& text) {
  const auto prefix = parse_prefix(text);
  if (!prefix) throw std::logic_error("not an address in canonical form: " + text);
  Message message{type, flags, fmt::format("{} address {} of device {}", verb, text, device.value)};
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(prefix->family);
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix->length);
  header.ifa_index = static_cast<std::uint32_t>(device.value);
  message.append(header);
  const ByteView bytes = prefix->bytes();
  message.put(IFA_LOCAL, bytes.data(), bytes.size());
  message.put(IFA_ADDRESS, bytes.data(), bytes.size());
  return message;
}

}  // namespace

Result<std::string> canonical_prefix(std::string_view text) {
  if (const auto prefix = parse_prefix(text)) return format(*prefix);
  return failure(Errc::invalid, quoted("address", text),
                 "it must be like 10.0.0.1/24 or 2001:db8::1/64");
}

Result<std::string> canonical_destination(std::string_view text) {
  const std::string attempt = quoted("destination", text);
  const auto prefix = parse_prefix(text == "default" ? "0.0.0.0/0" : text);
  if (!prefix) {
    return failure(Errc::invalid, attempt, "it must be like 10.0.0.0/8, 2001:db8::/32 or default");
  }
  if (!is_network(*prefix)) {
    return failure(Errc::invalid, attempt,
                   fmt::format("bits behind the first {} are not zero", prefix->length));
  }
  return format(*prefix);
}

Result<std::string> canonical_address(std::string_view text) {
  const auto prefix = parse_prefix(text);
  if (prefix && !text.contains('/')) return format_address(*prefix);
  return failure(Errc::invalid, quoted("address", text),
                 "it must be like 10.0.0.1 or 2001:db8::1, without a length");
}

Result<std::string> canonical_mac(std::string_view text) {
  const std::string attempt = quoted("MAC address", text);
  std::string mac;
  for (char c : text) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    mac += c == '-' ? ':' : c;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  bool well_formed = mac.size() == 17;
  for (std::size_t i = 0; well_formed && i < mac.size(); ++i) {
    well_formed = i % 3 == 2 ? mac[i] == ':' : digits.contains(mac[i]);
  }
  if (!well_formed) return failure(Errc::invalid, attempt, "it must be like 02:00:00:00:00:01");
  if (digits.find(mac[1]) % 2 == 1) {
    return failure(Errc::invalid, attempt, "that is a group's; a device's has an even first byte");
  }
  if (mac == "00:00:00:00:00:00") return failure(Errc::invalid, attempt, "it is zero");
  return mac;
}

Message add_address(IfIndex device, const std::string& prefix) {
  Message message =
      address_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, "add", device, prefix);
  if (prefix.contains(':')) message.put(IFA_FLAGS, std::uint32_t{IFA_F_NODAD});
  message.put(IFA_PROTO, our_protocol);
  return message;
}

Message delete_address(IfIndex device, const std::string& prefix) {
  return address_message(RTM_DELADDR, 0, "delete", device, prefix);
}

Result<std::vector<Address>> dump_addresses(Socket& socket, const std::vector<Device>& devices) {
  std::map<int, std::string> names;
  for (const Device& device : devices) names[device.index.value] = device.name;
  Message message{RTM_GETADDR, 0, "list the addresses"};
  message.append(ifaddrmsg{});
  std::vector<Address> addresses;
  const auto done = socket.dump(
      message, [&] { addresses.clear(); },
      [&](const nlmsghdr& answer) {
        auto address = decode_address(answer);
        if (!address) return;
        const auto name = names.find(address->first.value);
        if (name == names.end()) return;
        address->second.device = name->second;
        addresses.push_back(std::move(address->second));
      });
  if (!done) return std::unexpected(done.error());
  return addresses;
}

std::optional<std::pair<IfIndex, Address>> decode_address(const nlmsghdr& message) {
  const ByteView body = payload(message);
  const auto header = load<ifaddrmsg>(body);
  if (message.nlmsg_type != RTM_NEWADDR || body.size() < sizeof header) return std::nullopt;
  const Attributes attributes{message, sizeof header};
  // IFA_ADDRESS is the other end's of a point-to-point device, where there is an IFA_LOCAL beside
  // it.
  const int attribute = attributes.has(IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS;
  const auto prefix =
      make_prefix(header.ifa_family, attributes.bytes(attribute), header.ifa_prefixlen);
  if (!prefix) return std::nullopt;
  return std::pair{IfIndex{static_cast<int>(header.ifa_index)},
                   Address{.device = {},
                           .prefix = format(*prefix),
                           .ours = attributes.get<std::uint8_t>(IFA_PROTO) == our_protocol}};
}

}  // namespace linkfab::netem
