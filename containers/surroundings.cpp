#include "containers/surroundings.hpp"

#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/fd.hpp"

namespace linkfab::containers {
namespace {

constexpr unsigned long harmless = MS_NOSUID | MS_NODEV | MS_NOEXEC;

Result<void> enter_netns(const std::string& path) {
  const auto netns = open_file(path, O_RDONLY);
  if (!netns) return std::unexpected(netns.error());
  if (::setns(netns->get(), CLONE_NEWNET) != 0)
    return system_failure("enter network namespace " + path);
  return {};
}

// Not with rename: the file is the kernel's.
Result<void> write_sysctl(const std::string& name, const std::string& value) {
  const auto path = sysctl_path(name);
  if (!path) return std::unexpected(path.error());
  const auto attempt = fmt::format("set sysctl {} to {}", name, value);
  const auto file = open_file(*path, O_WRONLY);
  if (!file && file.error().code == Errc::not_found)
    return failure(Errc::not_found, attempt, "this kernel has no such sysctl");
  if (!file) return std::unexpected(Error{file.error().code, attempt, file.error().cause});
  if (::write(file->get(), value.data(), value.size()) < 0) return system_failure(attempt);
  return {};
}

// Is this directory mounted on itself, as ip-netns(8) and we keep network namespaces? Such a mount
// hides nothing; one of another file system, or the root, would.
bool mounted_on_itself(const std::string& directory) {
  struct stat self{};
  struct stat above{};
  return ::stat(directory.c_str(), &self) == 0 &&
         ::stat((directory + "/..").c_str(), &above) == 0 && self.st_dev == above.st_dev &&
         self.st_ino != above.st_ino;
}

Result<void> take_mount_namespace(const std::string& netns) {
  if (::unshare(CLONE_NEWNS) != 0) return system_failure("make a mount namespace");
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return system_failure("make the mounts private");
  // All the nodes' network namespaces are no business of this one, and a copy of their mounts in
  // every node would keep them alive. Where the directory is not a mount there is nothing to do.
  const auto directory = std::filesystem::path(netns).parent_path().string();
  if (mounted_on_itself(directory)) (void)::umount2(directory.c_str(), MNT_DETACH);
  return {};
}

Result<void> bind(const Bind& bind) {
  const auto attempt = fmt::format("bind {} to {}", bind.source, bind.target);
  for (const auto& path : {bind.source, bind.target})
    if (::access(path.c_str(), F_OK) != 0)
      return failure(Errc::not_found, attempt, path + " does not exist");
  if (::mount(bind.source.c_str(), bind.target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    if (errno == ENOTDIR)
      return failure(Errc::invalid, attempt, "one is a directory and the other is not");
    return system_failure(attempt);
  }
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (bind.read_only && ::mount_setattr(AT_FDCWD, bind.target.c_str(), AT_RECURSIVE, &attributes,
                                        sizeof(attributes)) != 0)
    return system_failure(attempt + " read-only");
  return {};
}

Result<void> take_hostname(const std::string& name) {
  const auto attempt = "set host name " + name;
  if (::unshare(CLONE_NEWUTS) != 0) return system_failure(attempt);
  if (::sethostname(name.data(), name.size()) != 0) return system_failure(attempt);
  return {};
}

Result<void> take_mounts(const ProcessSpec& spec) {
  if (const auto made = take_mount_namespace(spec.netns); !made) return made;
  // A host that locks /sys still runs the node: only what reads /sys then sees the host's devices.
  if (!spec.netns.empty()) (void)::mount("sysfs", "/sys", "sysfs", harmless, nullptr);
  if (spec.pid_namespace && ::mount("proc", "/proc", "proc", harmless, nullptr) != 0)
    return system_failure("mount /proc");
  for (const auto& text : spec.binds) {
    const auto parsed = parse_bind(text);
    if (!parsed) return std::unexpected(parsed.error());
    if (const auto bound = bind(*parsed); !bound) return bound;
  }
  return {};
}

}  // namespace

Result<Bind> parse_bind(std::string_view text) {
  const auto wrong = [&](std::string cause) {
    return failure(Errc::invalid, fmt::format("read bind '{}'", text), std::move(cause));
  };
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return wrong("write for example /host/path:/path:ro");
  Bind bind{.source = std::string(text.substr(0, colon)),
            .target = std::string(text.substr(colon + 1))};
  if (const auto option = bind.target.find(':'); option != std::string::npos) {
    const auto word = bind.target.substr(option + 1);
    if (word != "ro" && word != "rw") return wrong(fmt::format("'{}' is neither ro nor rw", word));
    bind.read_only = word == "ro";
    bind.target.resize(option);
  }
  if (!bind.source.starts_with('/') || !bind.target.starts_with('/'))
    return wrong("both paths must be absolute");
  return bind;
}

Result<std::string> sysctl_path(std::string_view name) {
  const auto attempt = fmt::format("read sysctl name '{}'", name);
  std::string path(name);
  const auto separator = path.find_first_of("./");
  if (separator != std::string::npos && path[separator] == '.') {
    for (char& character : path) {
      if (character == '.') {
        character = '/';
      } else if (character == '/') {
        character = '.';
      }
    }
  }
  if (!path.starts_with("net/"))
    return failure(Errc::denied, attempt,
                   "a node can set only what is its own: sysctls that begin with net.");
  for (const auto& part : std::filesystem::path(path))
    if (part.empty() || part == "." || part == "..")
      return failure(Errc::invalid, attempt, "not the name of a sysctl");
  return "/proc/sys/" + path;
}

Result<void> check(const ProcessSpec& spec) {
  const auto wrong = [](std::string cause) {
    return failure(Errc::invalid, "start a process", std::move(cause));
  };
  if (spec.command.empty() || spec.command.front().empty()) return wrong("there is no command");
  if (!spec.sysctls.empty() && spec.netns.empty())
    return wrong("sysctls need a network namespace; without one they would change the host");
  for (const auto& [name, value] : spec.sysctls)
    if (const auto path = sysctl_path(name); !path) return std::unexpected(path.error());
  for (const auto& text : spec.binds)
    if (const auto bind = parse_bind(text); !bind) return std::unexpected(bind.error());
  return {};
}

Result<void> take_surroundings(const ProcessSpec& spec) {
  if (!spec.netns.empty())
    if (const auto entered = enter_netns(spec.netns); !entered) return entered;
  for (const auto& [name, value] : spec.sysctls)
    if (const auto written = write_sysctl(name, value); !written) return written;
  if (!spec.hostname.empty())
    if (const auto named = take_hostname(spec.hostname); !named) return named;
  if (!spec.netns.empty() || !spec.binds.empty() || spec.pid_namespace) return take_mounts(spec);
  return {};
}

}  // namespace linkfab::containers
