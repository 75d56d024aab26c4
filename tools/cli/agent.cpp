#include "tools/cli/agent.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/process.hpp"
#include "core/fd.hpp"
#include "fabric/datapath.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/local_host.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/privileges.hpp"
#include "tools/cli/progress_line.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto start_limit = 30s;
constexpr std::size_t most_tail = 2000;  // bytes
constexpr std::ptrdiff_t most_lines = 10;

std::string tail(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return "(no log)";
  std::string_view rest = *text;
  if (rest.size() > most_tail) rest.remove_prefix(rest.size() - most_tail);
  while (std::ranges::count(rest, '\n') > most_lines) rest.remove_prefix(rest.find('\n') + 1);
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  return std::string(rest);
}

std::unexpected<Error> no_start(const fabric::Paths& paths, const std::string& cause) {
  return std::unexpected(agent_failure(paths, "start linkfabd", cause));
}

// This host's row with the agent's pid says that it is at work; a row may also be left over from an
// earlier one. Where somebody else has started one at the same time, ours has ended for that.
Result<void> wait_for_host_row(const Invocation& invocation, const containers::ProcessId& agent) {
  const auto found = run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric_only());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    const auto end = steady_clock::now() + start_limit;
    const auto at_work = [&] {
      const auto host = local_host(fabric::hosts(client.replica()), invocation);
      const auto pid = host ? host->pid.value_or(0) : 0;
      return pid == agent.pid ||
             (pid > 0 && !containers::alive(agent) && ::kill(static_cast<pid_t>(pid), 0) == 0);
    };
    while (!at_work()) {
      if (steady_clock::now() >= end || !fabric::agent_alive(invocation.paths)) co_return failed;
      co_await client.change(200ms);
    }
    co_return success;
  });
  if (!found) return no_start(invocation.paths, format(found.error()));
  if (*found != success) return no_start(invocation.paths, "it is not ready");
  return {};
}

// A member of a cluster (ovsdb(5)). An agent needs more than its file to serve that.
bool is_shared(const fabric::Paths& paths) {
  std::ifstream file(paths.db_file());
  std::string line;
  return std::getline(file, line) && line.starts_with("OVSDB CLUSTER ");
}

}  // namespace

Error agent_failure(const fabric::Paths& paths, std::string attempt, const std::string& cause) {
  return {Errc::failed, std::move(attempt),
          fmt::format("{}; the end of {}:\n{}", cause, paths.log_file(), tail(paths.log_file()))};
}

std::string agent_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "linkfabd";
  const auto directory = self.parent_path();
  // From a build tree, from bin and from libexec/linkfab.
  for (const auto& file : {directory / "linkfabd", directory.parent_path() / "sbin" / "linkfabd",
                           directory.parent_path().parent_path() / "sbin" / "linkfabd"})
    if (::access(file.c_str(), X_OK) == 0) return file;
  return "linkfabd";
}

Result<void> ensure_agent(const Invocation& invocation) {
  const auto& paths = invocation.paths;
  if (!invocation.own_database || fabric::agent_alive(paths)) return {};
  if (is_shared(paths))
    return failure(Errc::unreachable, "reach linkfabd",
                   "it does not run, and this host shares its lab with others: it is started as "
                   "its service, `systemctl start linkfabd`, which knows how they are reached");
  if (::geteuid() != 0)
    return failure(Errc::denied, "start linkfabd",
                   "it makes network devices and needs root; try again with sudo");
  if (!may_make_devices())
    return failure(Errc::denied, "start linkfabd",
                   "it makes network devices and needs CAP_NET_ADMIN and CAP_SYS_ADMIN, which root "
                   "has not here; of a container: docker run --privileged");
  std::error_code error;
  std::filesystem::create_directories(paths.run_dir, error);
  if (error) return std::unexpected(system_error("make " + paths.run_dir, error.value()));
  containers::ProcessSpec spec;
  spec.command = {agent_program(), "--instance", paths.instance, "--until-down"};
  if (invocation.has("metrics"))
    spec.command.insert(spec.command.end(), {"--metrics", invocation.value("metrics")});
  spec.log_file = paths.log_file();
  const auto agent = containers::start_daemon(spec);
  if (!agent) return std::unexpected(agent.error());
  ProgressLine line;
  line.show("starting linkfabd");
  // It takes its lock and starts its database first: there is nothing to wait on but time.
  const auto end = steady_clock::now() + start_limit;
  while (!fabric::agent_alive(paths) || ::access(paths.db_socket().c_str(), F_OK) != 0) {
    if (!containers::alive(*agent) && !fabric::agent_alive(paths))
      return no_start(paths, "it has ended");
    if (steady_clock::now() >= end) return no_start(paths, "it is not ready after 30s");
    std::this_thread::sleep_for(10ms);
  }
  if (auto ready = wait_for_host_row(invocation, *agent); !ready) return ready;
  line.clear();
  const bool chosen = std::getenv("LINKFAB_DATAPATH") || std::getenv("LINKFAB_FORWARDING");
  if (!chosen && !fabric::kernel_has_openvswitch())
    print_error(
        "this kernel has no openvswitch: frames go through user space, which is slower; `linkfab "
        "doctor` says what to do about it");
  return {};
}

}  // namespace linkfab::cli
