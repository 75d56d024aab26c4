#include "netem/sysctl.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "core/fd.hpp"

namespace linkfab::netem {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

}  // namespace

Result<void> write_sysctl(std::string_view name, std::string_view value) {
  const std::string attempt = "set " + std::string{name} + " to " + std::string{value};
  if (!name.starts_with("net.")) {
    return failure(Errc::invalid, attempt, "only settings under \"net.\" belong to a namespace");
  }
  if (!std::ranges::all_of(name, is_plain) || name.contains("..") || name.ends_with('.')) {
    return failure(Errc::invalid, attempt,
                   "a name is letters, digits, \"_\" and \"-\", with single dots between");
  }
  std::string path = "/proc/sys/" + std::string{name};
  std::replace(path.begin() + 10, path.end(), '.', '/');
  const Fd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file && errno == ENOENT) {
    return failure(Errc::not_found, attempt, "this kernel has no such setting in this namespace");
  }
  // One write: the kernel takes each as a whole value.
  if (!file || ::write(file.get(), value.data(), value.size()) < 0) return system_failure(attempt);
  return {};
}

}  // namespace linkfab::netem
