// linkfab exec and shell: commands in a node, with its network and its files.
#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/engine.hpp"
#include "containers/process.hpp"
#include "fabric/hosts.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/local_host.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

// As sh(1) has it.
constexpr int cannot_execute = 126;
constexpr int command_not_found = 127;

// What it takes to get into a node.
struct Door {
  std::string name;
  std::string kind;
  std::string container;
  int pid = 0;
  std::string switch_dir;  // of Open vSwitch's sockets, of a switch
};

awaitable<Result<Door>> find_door(boost::asio::any_io_executor executor,
                                  const Invocation& invocation) {
  Client client(executor, invocation, fabric_only());
  auto connected = co_await client.connect();
  if (!connected) co_return std::unexpected(connected.error());
  const auto& name = invocation.words.front();
  ovsdb::Transaction read{fabric::database};
  read.select("Node", ovsdb::by_column("name", name),
              {"kind", "container", "pid", "state", "error", "host"});
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->front().empty()) {
    // Says what there is instead.
    std::vector<std::string> names{name};
    const auto none = co_await find_nodes(client, std::move(names));
    co_return std::unexpected(none ? Error{} : none.error());
  }
  const auto& row = rows->front().front();
  const auto local = local_host(fabric::hosts(client.replica()), invocation);
  if (auto here = check_here("enter node " + name, name, ovsdb::get(row, "host").string(), local);
      !here)
    co_return std::unexpected(here.error());
  const auto kind = ovsdb::get(row, "kind").string();
  if (kind == "vpcs" || kind == "qemu")
    co_return failure(Errc::unsupported, "enter node " + name,
                      fmt::format("no command of this host runs in a {}; `linkfab console {}` "
                                  "talks to it",
                                  kind, name));
  const auto state = ovsdb::get(row, "state").string("pending");
  if (state == "error")
    co_return failure(Errc::refused, "enter node " + name,
                      "it is in error: " + ovsdb::get(row, "error").string());
  if (state != "running")
    co_return failure(Errc::refused, "enter node " + name,
                      fmt::format("it is {}; `linkfab {}` it first", state,
                                  state == "paused" ? "unpause" : "start"));
  Door door{.name = name,
            .kind = kind,
            .container = ovsdb::get(row, "container").string(),
            .pid = static_cast<int>(ovsdb::get(row, "pid").integer()),
            .switch_dir = {}};
  if (local) door.switch_dir = fabric::copy_of(local->capabilities, "switch_dir").value_or("");
  co_return door;
}

bool on_a_terminal() {
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
}

std::map<std::string, std::string> terminal_environment() {
  const char* terminal = std::getenv("TERM");
  if (!on_a_terminal() || terminal == nullptr) return {};
  return {{"TERM", terminal}};
}

awaitable<Result<int>> exec_in_container(boost::asio::any_io_executor executor, const Door& door,
                                         std::vector<std::string> command) {
  containers::Engine engine(executor, containers::Engine::default_socket());
  const auto connected = co_await engine.connect();
  if (!connected) co_return std::unexpected(connected.error());
  containers::ExecSpec spec;
  spec.command = std::move(command);
  spec.environment = terminal_environment();
  spec.tty = on_a_terminal();
  spec.stdin_open = true;
  co_return co_await engine.exec(door.container, std::move(spec));
}

Result<int> exec_in_namespaces(const Invocation& invocation, const Door& door,
                               const std::vector<std::string>& command,
                               std::map<std::string, std::string> environment) {
  containers::ProcessSpec spec;
  spec.command = command;
  spec.environment = std::move(environment);
  spec.environment["LINKFAB_NODE"] = door.name;
  if (door.kind == "netns") {
    spec.netns = invocation.paths.netns(door.name);
    if (door.pid == 0) spec.hostname = door.name;
  } else if (door.kind == "switch") {
    spec.environment["OVS_RUNDIR"] = door.switch_dir;
  } else if (door.pid == 0 && door.kind != "host") {
    return failure(Errc::not_found, "enter node " + door.name, "linkfabd knows no process of it");
  }
  return containers::run_in_foreground(spec, door.pid);
}

// What the shell has for a command that it cannot start.
Result<int> as_shell(Result<int> status, const Door& door) {
  if (status) return status;
  if (status.error().code != Errc::not_found && status.error().code != Errc::denied) return status;
  fmt::print(stderr, "linkfab: node {}: {}\n", door.name, format(status.error()));
  return status.error().code == Errc::not_found ? command_not_found : cannot_execute;
}

Result<int> run_inside(
    const Invocation& invocation, const std::vector<std::string>& container_command,
    const std::vector<std::string>& namespace_command,
    const std::function<std::map<std::string, std::string>(const Door&)>& environment) {
  // Only a container needs the loop on: a child of ours must not inherit our sockets' troubles.
  std::optional<Door> door;
  const auto found = run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    auto result = co_await find_door(executor, invocation);
    if (!result) co_return std::unexpected(result.error());
    door = std::move(*result);
    co_return success;
  });
  if (!found) return found;
  if (door->kind != "netns" && ::geteuid() != 0 && door->container.empty())
    return failure(Errc::denied, "enter node " + door->name, "needs root; try again with sudo");
  if (door->kind == "docker")
    return as_shell(run_task([&](boost::asio::any_io_executor executor) {
                      return exec_in_container(executor, *door, container_command);
                    }),
                    *door);
  if (::geteuid() != 0)
    return failure(Errc::denied, "enter node " + door->name, "needs root; try again with sudo");
  return as_shell(exec_in_namespaces(invocation, *door, namespace_command, environment(*door)),
                  *door);
}

Result<int> exec(const Invocation& invocation) {
  if (invocation.command.empty())
    throw UsageError("a command is missing; write: linkfab exec NODE -- COMMAND [ARGUMENT...]");
  return run_inside(invocation, invocation.command, invocation.command,
                    [](const Door&) { return std::map<std::string, std::string>{}; });
}

// A prompt that says where one is; bash takes it from PS1 where no file of the person's sets
// another.
std::map<std::string, std::string> shell_environment(const Door& door) {
  return {{"PS1", fmt::format("{}# ", door.name)}};
}

Result<int> shell(const Invocation& invocation) {
  const std::vector<std::string> container_shell{
      "sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash || exec sh"};
  const char* own = std::getenv("SHELL");
  std::string program = own != nullptr && *own != '\0' ? own : "/bin/bash";
  if (::access(program.c_str(), X_OK) != 0) program = "/bin/sh";
  std::vector<std::string> local_shell{program};
  if (program.ends_with("/bash")) local_shell.emplace_back("--norc");
  return run_inside(invocation, container_shell, local_shell, shell_environment);
}

}  // namespace

const Command exec_command{
    .name = "exec",
    .group = "Nodes",
    .synopsis = "NODE [--] COMMAND [ARGUMENT...]",
    .summary = "Run a command in a node",
    .text =
        "With a terminal where this one has one; of a switch on this host, with OVS_RUNDIR set for "
        "Open vSwitch's tools.\n"
        "The exit status is the command's; 127 where it is not found, 126 where it cannot be "
        "executed.\n",
    .examples =
        "  sudo linkfab exec r1 -- ping -c 3 10.0.12.2\n"
        "  sudo linkfab exec r1 -- sh -c 'ip -br address; ip route'\n",
    .least_words = 1,
    .most_words = 1,
    .takes_command = true,
    .run = exec,
};

const Command shell_command{
    .name = "shell",
    .group = "Nodes",
    .synopsis = "NODE",
    .summary = "Open a shell in a node",
    .text =
        "In a container bash, or sh where it has none; in a network namespace $SHELL, with the "
        "node's name in the prompt.\n",
    .examples = "  sudo linkfab shell r1\n",
    .least_words = 1,
    .most_words = 1,
    .run = shell,
};

}  // namespace linkfab::cli
