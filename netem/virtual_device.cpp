#include "netem/virtual_device.hpp"

#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <fcntl.h>

#include <fmt/format.h>

#include "core/fd.hpp"

namespace linkfab::netem {
namespace {

ifinfomsg device_header(IfIndex device = {}) {
  ifinfomsg header{};
  header.ifi_index = device.value;
  return header;
}

void put_address(Message& message, int attribute4, int attribute6, const std::string& text) {
  if (text.empty()) return;
  std::array<std::uint8_t, 16> bytes{};
  const bool six = text.find(':') != std::string::npos;
  ::inet_pton(six ? AF_INET6 : AF_INET, text.c_str(), bytes.data());
  message.put(six ? attribute6 : attribute4, bytes.data(), six ? 16 : 4);
}

}  // namespace

Message create_vxlan(const VxlanSpec& spec) {
  Message message{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
                  fmt::format("create vxlan device {} with vni {}", spec.name, spec.vni)};
  message.append(device_header());
  message.put(IFLA_IFNAME, spec.name);
  if (spec.group != 0) message.put(IFLA_GROUP, spec.group);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put(IFLA_INFO_KIND, "vxlan");
    info.nest(IFLA_INFO_DATA, [&](Message& data) {
      data.put(IFLA_VXLAN_ID, spec.vni);
      put_address(data, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, spec.remote);
      put_address(data, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6, spec.local);
      data.put(IFLA_VXLAN_PORT, htons(spec.port));
      data.put(IFLA_VXLAN_LEARNING, std::uint8_t{1});
    });
  });
  return message;
}

Message create_vlan(const std::string& name, IfIndex below, std::uint16_t vlan,
                    std::uint32_t group) {
  Message message{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
                  fmt::format("create device {} for vlan {}", name, vlan)};
  message.append(device_header());
  message.put(IFLA_IFNAME, name);
  message.put(IFLA_LINK, below.value);
  if (group != 0) message.put(IFLA_GROUP, group);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put(IFLA_INFO_KIND, "vlan");
    info.nest(IFLA_INFO_DATA, [&](Message& data) { data.put(IFLA_VLAN_ID, vlan); });
  });
  return message;
}

Result<void> create_tap(const std::string& name) {
  const auto attempt = "create TAP device " + name;
  auto tun = open_file("/dev/net/tun", O_RDWR);
  if (!tun) {
    if (tun.error().code == Errc::not_found)
      tun.error().cause += "; the kernel's module tun is missing: `modprobe tun`";
    return std::unexpected(tun.error());
  }
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  if (::ioctl(tun->get(), TUNSETIFF, &request) != 0) {
    if (errno == EINVAL)
      return failure(Errc::exists, attempt, "there is a device of that name that is no TAP");
    return system_failure(attempt);
  }
  if (::ioctl(tun->get(), TUNSETPERSIST, 1) != 0) return system_failure(attempt);
  return {};
}

}  // namespace linkfab::netem
