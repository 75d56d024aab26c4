#include "netem/device.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include <fmt/core.h>

#include "netem/attributes.hpp"
#include "netem/counters.hpp"

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000  // linux/if.h, which cannot be included together with net/if.h
#endif

namespace linkfab::netem {
namespace {

using Mac = std::array<std::uint8_t, 6>;

Mac parse_mac(const std::string& text) {
  Mac mac{};
  char rest = 0;
  const int fields = std::sscanf(text.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &mac[0],
                                 &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &rest);
  if (fields != 6) throw std::logic_error("not a MAC address in canonical form: " + text);
  return mac;
}

std::string format_mac(ByteView mac) {
  if (mac.size() != 6) return {};
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3],
                     mac[4], mac[5]);
}

ifinfomsg device_header(IfIndex device = {}) {
  ifinfomsg header{};
  header.ifi_index = device.value;
  return header;
}

void put_mac(Message& message, const std::string& text) {
  const Mac mac = parse_mac(text);
  message.put(IFLA_ADDRESS, mac.data(), mac.size());
}

void put_change(Message& message, ifinfomsg header, const DeviceChange& change) {
  if (change.up) {
    header.ifi_change = IFF_UP;
    header.ifi_flags = *change.up ? unsigned{IFF_UP} : 0U;
  }
  message.append(header);
  if (change.alias) {
    // Without the closing NUL: the kernel takes the length as it is, and empty removes the alias.
    message.put(IFLA_IFALIAS, change.alias->data(), change.alias->size());
  }
  if (change.mac) put_mac(message, *change.mac);
  if (change.mtu) message.put(IFLA_MTU, *change.mtu);
  if (change.group) message.put(IFLA_GROUP, *change.group);
  if (change.no_own_ipv6)
    message.nest(IFLA_AF_SPEC, [](Message& families) {
      families.nest(AF_INET6, [](Message& six) {
        six.put(IFLA_INET6_ADDR_GEN_MODE, std::uint8_t{IN6_ADDR_GEN_MODE_NONE});
      });
    });
}

}  // namespace

Message create_veth(const VethSpec& spec) {
  Message message{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "create device " + spec.host_name};
  message.append(device_header());
  message.put(IFLA_IFNAME, spec.host_name);
  message.put(IFLA_MTU, spec.host_mtu);
  if (spec.group != 0) message.put(IFLA_GROUP, spec.group);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put(IFLA_INFO_KIND, "veth");
    info.nest(IFLA_INFO_DATA, [&](Message& data) {
      data.nest(VETH_INFO_PEER, [&](Message& peer) {
        peer.append(device_header());
        peer.put(IFLA_IFNAME, spec.node_name);
        peer.put(IFLA_MTU, spec.node_mtu);
        if (!spec.node_mac.empty()) put_mac(peer, spec.node_mac);
        if (spec.node_netns >= 0) peer.put(IFLA_NET_NS_FD, spec.node_netns);
      });
    });
  });
  return message;
}

Message delete_device(IfIndex device) {
  Message message{RTM_DELLINK, 0, fmt::format("delete device {}", device.value)};
  message.append(device_header(device));
  return message;
}

Message delete_group(std::uint32_t group) {
  Message message{RTM_DELLINK, 0, fmt::format("delete the devices of group {}", group)};
  message.append(device_header()).put(IFLA_GROUP, group);
  return message;
}

Message change_device(const std::string& name, const DeviceChange& change) {
  if (change.name) throw std::logic_error("device " + name + " can only be renamed by its index");
  Message message{RTM_SETLINK, 0, "change device " + name};
  put_change(message, device_header(), change);
  message.put(IFLA_IFNAME, name);
  return message;
}

Message change_device(IfIndex device, const DeviceChange& change) {
  Message message{RTM_SETLINK, 0, fmt::format("change device {}", device.value)};
  put_change(message, device_header(device), change);
  if (change.name) message.put(IFLA_IFNAME, *change.name);
  return message;
}

Result<std::vector<Device>> dump_devices(Socket& socket) {
  Message message{RTM_GETLINK, 0, "list the devices"};
  message.append(device_header());
  std::vector<Device> devices;
  const auto done = socket.dump(
      message, [&] { devices.clear(); },
      [&](const nlmsghdr& answer) {
        if (auto device = decode_device(answer)) devices.push_back(std::move(*device));
      });
  if (!done) return std::unexpected(done.error());
  return devices;
}

Result<Device> read_device(Socket& socket, IfIndex index) {
  Message message{RTM_GETLINK, 0, "read a device"};
  auto header = device_header();
  header.ifi_index = index.value;
  message.append(header);
  std::optional<Device> device;
  const auto done =
      socket.query(message, [&](const nlmsghdr& answer) { device = decode_device(answer); });
  if (!done) return std::unexpected(done.error());
  if (!device) return failure(Errc::not_found, "read a device", "the kernel names none");
  return std::move(*device);
}

std::optional<Device> decode_device(const nlmsghdr& message) {
  const ByteView body = payload(message);
  const auto header = load<ifinfomsg>(body);
  // A bridge's port is announced as a "link" of family AF_BRIDGE: that is not the device.
  if (message.nlmsg_type != RTM_NEWLINK || body.size() < sizeof header ||
      header.ifi_family != AF_UNSPEC) {
    return std::nullopt;
  }
  const Attributes attributes{message, sizeof header};
  return Device{.index = {header.ifi_index},
                .name = attributes.text(IFLA_IFNAME),
                .alias = attributes.text(IFLA_IFALIAS),
                .kind = attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND),
                .mac = format_mac(attributes.bytes(IFLA_ADDRESS)),
                .mtu = attributes.get<std::uint32_t>(IFLA_MTU),
                .group = attributes.get<std::uint32_t>(IFLA_GROUP),
                .up = (header.ifi_flags & IFF_UP) != 0,
                .carrier = (header.ifi_flags & IFF_LOWER_UP) != 0,
                .master = {attributes.get<int>(IFLA_MASTER)},
                .carrier_changes = attributes.get<std::uint32_t>(IFLA_CARRIER_CHANGES),
                .stats = decode_stats(attributes.bytes(IFLA_STATS64))};
}

}  // namespace linkfab::netem
