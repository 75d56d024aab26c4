#include "fabric/netns_nodes.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "containers/process.hpp"
#include "core/fd.hpp"
#include "fabric/names.hpp"
#include "fabric/rows.hpp"
#include "netem/netns.hpp"
#include "netem/sysctl.hpp"

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds grace{2000};

// Everything that a running command was started with: another value means another process.
std::uint64_t command_hash(const Node& node) {
  return stable_hash(fmt::format("{}\n{}\n{}\n{}", fmt::join(node.command, "\x1f"),
                                 fmt::join(node.environment, "\x1f"), fmt::join(node.binds, "\x1f"),
                                 fmt::join(node.options, "\x1f")));
}

std::optional<Presence> presence_at(const std::string& path) {
  struct stat status{};
  if (!netem::is_netns(path) || ::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Presence{.netns = path, .inode = status.st_ino};
}

// A kernel without IPv6 has no setting that turns it off.
bool is_so_anyway(const std::string& setting, const std::string& value) {
  return setting.starts_with("net.ipv6.") && setting.ends_with(".disable_ipv6") && value == "1";
}

}  // namespace

struct NetnsNodes::Recorded {
  containers::ProcessId process;
  std::uint64_t command = 0;
  bool paused = false;
};

NetnsNodes::NetnsNodes(Paths paths, std::string init_program)
    : paths_(std::move(paths)), init_program_(std::move(init_program)) {}

std::string NetnsNodes::process_file(const std::string& name) const {
  return paths_.node_dir(name) + "/process";
}

std::optional<NetnsNodes::Recorded> NetnsNodes::recorded(const std::string& name) const {
  const auto text = read_file(process_file(name));
  if (!text) return std::nullopt;
  std::istringstream words(*text);
  Recorded it;
  std::string state;
  if (!(words >> it.process.pid >> it.process.start_time >> it.command >> state))
    return std::nullopt;
  it.paused = state == "paused";
  return it;
}

std::set<std::string> NetnsNodes::list() const {
  std::set<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(paths_.netns_dir(), ignored))
    names.insert(entry.path().filename());
  return names;
}

std::optional<Presence> NetnsNodes::find(const std::string& node) const {
  return presence_at(paths_.netns(node));
}

Result<Presence> NetnsNodes::create(const std::string& name, const Node& node) {
  const auto path = paths_.netns(name);
  if (auto there = presence_at(path)) return *there;
  std::error_code ignored;
  fs::remove(path, ignored);  // the file of a namespace that did not survive a reboot
  if (auto made = netem::create_netns(path); !made) return std::unexpected(made.error());
  auto presence = presence_at(path);
  if (!presence) return failure(Errc::failed, "make namespace " + path, "it is not there");
  presence->fresh = true;
  if (!node.sysctls.empty()) {
    const auto netns = netem::open_netns(path);
    if (!netns) return std::unexpected(netns.error());
    const auto entered = netem::EnteredNetns::enter(*netns);
    if (!entered) return std::unexpected(entered.error());
    for (const auto& [setting, value] : node.sysctls)
      if (auto written = netem::write_sysctl(setting, value);
          !written && !(written.error().code == Errc::not_found && is_so_anyway(setting, value)))
        return std::unexpected(written.error());
  }
  return *presence;
}

Result<void> NetnsNodes::remove(const std::string& name) {
  // Out of descriptors: it may run.
  if (const auto text = read_file(process_file(name));
      !text && text.error().code != Errc::not_found)
    return std::unexpected(text.error());
  if (const auto process = recorded(name)) {
    if (process->paused) (void)containers::thaw(process->process);
    if (auto ended = containers::terminate(process->process, grace); !ended) return ended;
  }
  std::error_code ignored;
  fs::remove_all(paths_.node_dir(name), ignored);
  const auto path = paths_.netns(name);
  if (netem::is_netns(path)) return netem::remove_netns(path);
  fs::remove(path, ignored);
  return {};
}

Result<void> NetnsNodes::start_command(const std::string& name, const Node& node) {
  if (node.command.empty() || recorded(name)) return {};
  std::error_code failed;
  fs::create_directories(paths_.node_dir(name), failed);
  containers::ProcessSpec spec{.command = {init_program_, "--"},
                               .environment = node.environment,
                               .netns = paths_.netns(name),
                               .hostname = name,
                               .binds = node.binds,
                               .pid_namespace = true,
                               .log_file = paths_.node_dir(name) + "/log",
                               .record_file = process_file(name),
                               .record_note = fmt::format(" {} running\n", command_hash(node))};
  spec.command.insert(spec.command.end(), node.command.begin(), node.command.end());
  const auto process = containers::start_daemon(spec);
  if (!process) return std::unexpected(process.error());
  return {};
}

Result<void> NetnsNodes::end_other_command(const std::string& name, const Node& node) {
  const auto process = recorded(name);
  if (!process || process->command == command_hash(node)) return {};
  if (auto ended = containers::terminate(process->process, grace); !ended) return ended;
  std::error_code ignored;
  fs::remove(process_file(name), ignored);
  return {};
}

Result<void> NetnsNodes::pause(const std::string& name, bool paused) {
  const auto process = recorded(name);
  if (!process || process->paused == paused) return {};
  if (containers::alive(process->process))
    if (auto done =
            paused ? containers::freeze(process->process) : containers::thaw(process->process);
        !done)
      return done;
  return write_file(process_file(name),
                    fmt::format("{} {} {}\n", containers::format(process->process),
                                process->command, paused ? "paused" : "running"));
}

NodeStatus NetnsNodes::status(const std::string& name) const {
  NodeStatus status{.state = NodeStatus::State::running};
  if (const auto process = recorded(name)) {
    if (process->paused) status.state = NodeStatus::State::paused;
    if (containers::alive(process->process)) {
      status.pid = process->process.pid;
    } else {
      status.progress = fmt::format("its command has ended, see {}/log", paths_.node_dir(name));
    }
  }
  return status;
}

}  // namespace linkfab::fabric
