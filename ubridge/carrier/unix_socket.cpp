#include "ubridge/carrier/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <unistd.h>

#include "ubridge/carrier/socket_frames.hpp"

namespace linkfab::ubridge {

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return failure(Errc::invalid, "open socket " + path, "the path is empty or too long");
  std::ranges::copy(path, address.sun_path);
  return address;
}

Result<Fd> bind_unix(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return system_failure("open socket " + path);
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) (void)::unlink(path.c_str());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return system_failure("open socket " + path);
  enlarge_buffers(socket.get());
  return socket;
}

}  // namespace linkfab::ubridge
