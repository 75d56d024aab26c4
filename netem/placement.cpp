#include "netem/placement.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <fmt/core.h>

namespace linkfab::netem {
namespace {

Message change(IfIndex device, std::string what) {
  Message message{RTM_SETLINK, 0, std::move(what)};
  ifinfomsg header{};
  header.ifi_index = device.value;
  message.append(header);
  return message;
}

}  // namespace

Message move_device(IfIndex device, int pid, const std::string& name) {
  Message message = change(
      device,
      fmt::format("move device {} to the namespace of process {} as {}", device.value, pid, name));
  message.put(IFLA_NET_NS_PID, static_cast<std::uint32_t>(pid));
  message.put(IFLA_IFNAME, name);
  return message;
}

Message enslave_device(IfIndex device, IfIndex bridge) {
  Message message =
      change(device, fmt::format("make device {} a port of bridge {}", device.value, bridge.value));
  message.put(IFLA_MASTER, static_cast<std::uint32_t>(bridge.value));
  return message;
}

}  // namespace linkfab::netem
