// What a process of a node is given before its command starts: namespaces, mounts, a host name,
// sysctls.
//
// Everything here changes the calling process for good: it is for a child that has been forked for
// this and ends with execve(2). Needs CAP_SYS_ADMIN.
#pragma once

#include <string>
#include <string_view>

#include "containers/process.hpp"
#include "core/result.hpp"

namespace linkfab::containers {

struct Bind {
  std::string source;
  std::string target;
  bool read_only = false;
  bool operator==(const Bind&) const = default;
};

// "/host:/path[:ro|:rw]"; both paths absolute.
[[nodiscard]] Result<Bind> parse_bind(std::string_view text);

// The file of a sysctl below /proc/sys. As in sysctl.d(5) the first separator, '.' or '/',
// separates and the other one stands for a dot, so "net.ipv4.conf.eth0/100.mtu" and
// "net/ipv4/conf/eth0.100/mtu" are the same. Only what belongs to a network namespace: Errc::denied
// outside net.
[[nodiscard]] Result<std::string> sysctl_path(std::string_view name);

// What is wrong with a spec before anything is tried.
[[nodiscard]] Result<void> check(const ProcessSpec& spec);

// Enters and makes what the spec names; the PID namespace has been made and entered before.
[[nodiscard]] Result<void> take_surroundings(const ProcessSpec& spec);

}  // namespace linkfab::containers
