#include "gateway/netns.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <sched.h>

#include "core/fd.hpp"

#ifndef SO_NETNS_COOKIE  // glibc 2.36 knows it, its users on other libraries may not
#define SO_NETNS_COOKIE 71
#endif

namespace linkfab::gateway {

Result<void> in_netns(const std::string& path, const std::function<Result<void>()>& work) {
  if (path.empty()) return work();
  const auto home = open_file("/proc/thread-self/ns/net", O_RDONLY);
  if (!home) return std::unexpected(home.error());
  const auto there = open_file(path, O_RDONLY);
  if (!there) return std::unexpected(there.error());
  if (::setns(there->get(), CLONE_NEWNET) != 0)
    return system_failure("enter network namespace " + path);
  auto done = work();
  if (::setns(home->get(), CLONE_NEWNET) != 0) std::terminate();
  return done;
}

Result<std::uint64_t> netns_cookie() {
  const Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (!socket || ::getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) {
    if (errno == ENOPROTOOPT)
      return failure(Errc::unsupported, "tell network namespaces apart", "needs Linux 5.14");
    return system_failure("tell network namespaces apart");
  }
  return cookie;
}

}  // namespace linkfab::gateway
