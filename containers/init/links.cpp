#include "containers/init/links.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace linkfab::init {

Links::Links()
    : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (socket_ >= 0)
    (void)::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

void Links::drain() const {
  std::array<char, 4096> ignored;
  for (;;) {
    const auto count = ::recv(socket_, ignored.data(), ignored.size(), 0);
    if (count < 0 && errno != ENOBUFS) return;  // ENOBUFS: some were lost, more may be behind it
  }
}

bool Links::up(std::string_view name) const {
  ifreq request{};
  if (name.size() >= sizeof(request.ifr_name)) return false;
  std::ranges::copy(name, request.ifr_name);
  // A device ioctl works on a socket of any family, so this one does for both.
  return ::ioctl(socket_, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

}  // namespace linkfab::init
