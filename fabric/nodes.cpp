#include "fabric/nodes.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "containers/process.hpp"
#include "containers/unprivileged_user.hpp"
#include "core/fd.hpp"
#include "core/log.hpp"
#include "fabric/names.hpp"
#include "netem/netns.hpp"

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;

const Presence unknown_presence{};

Presence presence_of_host() {
  struct stat status{};
  (void)::stat(host_netns, &status);
  return {.netns = host_netns, .inode = status.st_ino};
}

std::optional<Presence> presence_of_pid(const std::string& pid) {
  const auto path = fmt::format("/proc/{}/ns/net", pid);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  // What is the host's namespace has one name, so that all gateways there are seen together.
  if (auto host = presence_of_host(); host.inode == status.st_ino) return host;
  return Presence{.netns = path, .inode = status.st_ino};
}

// What the program says of a file that it cannot open would be on its console only.
Result<void> check_files(const MachinePlan& plan) {
  const auto user = plan.privileged ? std::nullopt : containers::unprivileged_user();
  if (!user) return {};
  for (const auto& [file, writable] : plan.files)
    if (const int error = user->check_file(file, writable); error != 0)
      return failure(
          Errc::failed,
          fmt::format("open {} {} as the user {}", file, writable ? "for writing" : "for reading",
                      user->name),
          std::strerror(error) +
              std::string(error == EACCES ? "; give that user the right, or the node the option "
                                            "\"privileged\": \"yes\""
                                          : ""));
  return {};
}

bool has_own_namespace(NodeKind kind) {
  return kind == NodeKind::netns || is_machine(kind);
}

Result<void> make_directory(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) return failure(Errc::failed, "make directory " + path, failed.message());
  return {};
}

}  // namespace

Nodes::Nodes(boost::asio::any_io_executor executor, NodesOptions options)
    : options_(std::move(options)),
      netns_(options_.paths, options_.init_program),
      containers_(std::move(executor), options_.paths, options_.engine_socket) {}

void Nodes::on_changed(std::function<void(const std::string&)> callback) {
  containers_.on_changed(std::move(callback));
}

Result<void> Nodes::prepare() {
  const auto& paths = options_.paths;
  if (auto made = make_directory(paths.run_dir + "/nodes"); !made) return made;
  if (auto made = make_directory(paths.netns_dir()); !made) return made;
  if (auto made = netem::prepare_netns_directory(paths.netns_dir()); !made) return made;
  const auto program = read_file(options_.init_program);
  if (!program) return std::unexpected(program.error());
  if (auto written = write_file(paths.run_dir + "/init", *program, 0755); !written) return written;
  for (const auto& name : netns_.list()) {
    if (auto there = netns_.find(name)) {
      presences_[name] = *there;
      kinds_[name] = NodeKind::netns;
    } else {  // what a boot or an interrupted removal leaves
      std::error_code ignored;
      fs::remove(paths.netns(name), ignored);
    }
  }
  if (fs::exists(options_.engine_socket)) {
    following_engine_ = true;
    containers_.start();
  }
  return {};
}

Result<void> Nodes::remove_directories() {
  const auto& paths = options_.paths;
  if (auto removed = netem::remove_netns_directory(paths.netns_dir()); !removed) return removed;
  std::error_code ignored;
  fs::remove_all(paths.run_dir + "/nodes", ignored);
  fs::remove(paths.run_dir + "/init", ignored);
  return {};
}

std::set<std::string> Nodes::found() const {
  auto names = containers_.names();
  for (const auto& [name, presence] : presences_) names.insert(name);
  return names;
}

void Nodes::step(const Desired& desired, const std::set<std::string>& names) {
  const auto& nodes = desired.topology().nodes;
  for (const auto& name : names) {
    const auto wanted = nodes.find(name);
    const Node* node = wanted == nodes.end() ? nullptr : &wanted->second;
    const auto former = kinds_.find(name);
    const bool was_netns = former != kinds_.end() && has_own_namespace(former->second);
    const bool is_netns = node != nullptr && has_own_namespace(node->kind);
    // What cannot be removed is there still: the next look tries again.
    if (was_netns && !is_netns && !remove_netns(name)) continue;
    if (node == nullptr || is_netns) containers_.want(name, nullptr);
    if (node == nullptr) {
      kinds_.erase(name);
      errors_.erase(name);
      presences_.erase(name);
      restarts_.erase(name);
      continue;
    }
    kinds_[name] = node->kind;
    switch (node->kind) {
      case NodeKind::netns:
        restarts_.try_emplace(name, desired.restart_done(name));
        step_netns(name, *node, desired.restart_request(name));
        break;
      case NodeKind::vpcs:
      case NodeKind::qemu:
        restarts_.try_emplace(name, desired.restart_done(name));
        step_machine(name, *node, desired.restart_request(name));
        break;
      case NodeKind::host:
        containers_.want(name, nullptr);
        errors_.erase(name);
        presences_[name] = presence_of_host();
        break;
      case NodeKind::bridge:
        step_switch(name, *node, desired);
        break;
      case NodeKind::external:
        step_external(name, *node);
        [[fallthrough]];
      case NodeKind::docker:
        if (node->kind == NodeKind::external && !node->options.contains("container")) break;
        presences_.erase(name);
        step_container(name, *node, desired);
        break;
    }
  }
}

void Nodes::step_container(const std::string& name, const Node& node, const Desired& desired) {
  const bool first = !fs::exists(options_.paths.node_dir(name));
  if (auto written = write_interfaces(name, node); !written)
    errors_[name] = format(written.error());
  if (!std::exchange(following_engine_, true)) containers_.start();
  containers_.want(name, &node, desired.restart_request(name), desired.restart_done(name), first);
}

MachinePlan Nodes::machine(const std::string& name, const Node& node) const {
  return plan_machine(name, node,
                      {.directory = options_.paths.node_dir(name),
                       .console_program = options_.console_program,
                       .mac_of = [this](const Endpoint& endpoint) {
                         return derived_mac(options_.paths.instance, endpoint);
                       }});
}

void Nodes::step_machine(const std::string& name, const Node& node, std::int64_t restart_request) {
  const auto problems = machine_problems(node);
  step_netns(name, problems.empty() ? machine(name, node).node : Node{}, restart_request);
  if (!problems.empty()) errors_[name] = problems.front();
}

void Nodes::step_netns(const std::string& name, const Node& node, std::int64_t restart_request) {
  errors_.erase(name);
  const bool restart = restarts_[name] != restart_request;
  if ((node.state == NodeState::stopped || restart) && !remove_netns(name)) return;
  restarts_[name] = restart_request;
  if (node.state == NodeState::stopped) return;
  if (auto ended = netns_.end_other_command(name, node); !ended)
    errors_[name] = format(ended.error());
  const auto known = presences_.find(name);
  const auto there = netns_.find(name);
  // Unmounted behind our back: what still runs in it is in a namespace that nobody can find.
  const bool lost = known != presences_.end() && (!there || there->inode != known->second.inode);
  if (lost && !remove_netns(name)) return;
  if (!presences_.contains(name)) {
    auto made = netns_.create(name, node);
    if (!made) {
      errors_[name] = format(made.error());
      return;
    }
    presences_[name] = *made;
  }
  if (auto paused = netns_.pause(name, node.state == NodeState::paused); !paused)
    errors_[name] = format(paused.error());
}

// Its interfaces are devices of the host. The bridge itself is Open vSwitch's affair
// (fabric/switch_nodes.hpp).
void Nodes::step_switch(const std::string& name, const Node& node, const Desired& desired) {
  containers_.want(name, nullptr, 0, 0);
  errors_.erase(name);
  restarts_[name] = desired.restart_request(name);
  if (node.state == NodeState::stopped) {
    presences_.erase(name);
  } else {
    presences_[name] = presence_of_host();
  }
}

void Nodes::step_external(const std::string& name, const Node& node) {
  const auto pid = node.options.find("pid");
  if (pid == node.options.end()) return;
  errors_.erase(name);
  presences_.erase(name);
  if (const auto there = presence_of_pid(pid->second)) {
    presences_[name] = *there;
  } else {
    errors_[name] = fmt::format("find process {}: there is none", pid->second);
  }
}

bool Nodes::remove_netns(const std::string& name) {
  if (auto removed = netns_.remove(name); !removed) {
    errors_[name] = format(removed.error());
    log::repeated("node=" + name, errors_[name]);
    return false;
  }
  presences_.erase(name);
  return true;
}

Result<void> Nodes::write_interfaces(const std::string& name, const Node& node) const {
  const auto directory = options_.paths.node_dir(name);
  std::string lines;
  for (const auto& [interface, settings] : node.interfaces) lines += interface + '\n';
  const auto file = directory + "/interfaces";
  if (const auto there = read_file(file); there && *there == lines) return {};
  if (auto made = make_directory(directory); !made) return made;
  std::error_code failed;
  fs::create_hard_link(options_.paths.run_dir + "/init", directory + "/init", failed);
  if (failed && failed != std::errc::file_exists)
    return failure(Errc::failed, "make " + directory + "/init", failed.message());
  return write_file(file, lines);
}

void Nodes::interfaces_ready(const Desired& desired, const std::set<std::string>& names) {
  const auto& nodes = desired.topology().nodes;
  for (const auto& name : names) {
    const auto node = nodes.find(name);
    if (node == nodes.end() || !has_own_namespace(node->second.kind) || !presences_.contains(name))
      continue;
    if (auto started = start_command(name, node->second); !started)
      errors_[name] = format(started.error());
  }
}

Result<void> Nodes::start_command(const std::string& name, const Node& node) {
  if (!is_machine(node.kind)) return netns_.start_command(name, node);
  if (!machine_problems(node).empty()) return {};
  const auto plan = machine(name, node);
  if (!containers::find_in_path(plan.program))
    return failure(
        Errc::not_found, "start " + plan.program,
        fmt::format("there is no such program; on Debian, apt-get install {}", plan.package));
  if (auto readable = check_files(plan); !readable) return readable;
  if (auto made = make_directory(options_.paths.node_dir(name)); !made) return made;
  if (!plan.script_file.empty())
    if (auto written = write_file(plan.script_file, plan.script); !written) return written;
  return netns_.start_command(name, plan.node);
}

const Presence* Nodes::presence(const std::string& name) const {
  if (const auto there = presences_.find(name); there != presences_.end()) return &there->second;
  const auto kind = kinds_.find(name);
  if (kind == kinds_.end() || has_own_namespace(kind->second) || kind->second == NodeKind::bridge)
    return nullptr;
  return containers_.known() ? containers_.presence(name) : &unknown_presence;
}

void Nodes::settle(const std::string& name) {
  if (const auto there = presences_.find(name); there != presences_.end())
    there->second.fresh = false;
}

NodeStatus Nodes::status(const std::string& name) const {
  NodeStatus status;
  const auto kind = kinds_.find(name);
  if (kind != kinds_.end() && !has_own_namespace(kind->second) &&
      containers_.status(name) != nullptr) {
    status = *containers_.status(name);
  } else if (presences_.contains(name)) {
    if (kind != kinds_.end() && has_own_namespace(kind->second))
      status = netns_.status(name);
    else
      status.state = NodeStatus::State::running;
  } else {
    status.state = NodeStatus::State::stopped;
  }
  if (const auto done = restarts_.find(name); done != restarts_.end())
    status.restart_done = done->second;
  if (const auto error = errors_.find(name); error != errors_.end()) {
    status.state = NodeStatus::State::error;
    status.error = error->second;
  }
  return status;
}

bool Nodes::empty() const {
  return presences_.empty() && containers_.idle_and_empty();
}

}  // namespace linkfab::fabric
