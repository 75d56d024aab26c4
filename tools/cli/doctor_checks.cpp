#include "tools/cli/doctor_checks.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/engine.hpp"
#include "containers/process.hpp"
#include "core/fd.hpp"
#include "core/units.hpp"
#include "gateway/programs.hpp"
#include "netem/timers.hpp"
#include "tools/cli/agent.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/privileges.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using Verdict = Finding::Verdict;

constexpr const char* schema_file = "/usr/share/openvswitch/vswitch.ovsschema";
constexpr const char* system_ovs = "/run/openvswitch/db.sock";
constexpr const char* get_ovs =
    "Debian, Ubuntu: apt install openvswitch-switch; Fedora: dnf install openvswitch";

// Does a server accept connections on a Unix socket?
Result<void> try_connect(const std::string& path) {
  const Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_failure("connect to " + path);
  return {};
}

Finding check_program(const std::string& name) {
  const auto file = find_program(name);
  if (!file.empty()) return {name, Verdict::ok, file, ""};
  return {name, Verdict::missing, "not found in PATH or /usr/sbin", get_ovs};
}

}  // namespace

std::string find_program(const std::string& name) {
  return containers::find_in_path(name, "/usr/local/sbin:/usr/sbin:/sbin").value_or("");
}

Finding check_privileges() {
  if (may_make_devices())
    return {"privileges", Verdict::ok,
            ::geteuid() == 0 ? "root" : "CAP_NET_ADMIN and CAP_SYS_ADMIN", ""};
  return {
      "privileges", Verdict::missing, "CAP_NET_ADMIN and CAP_SYS_ADMIN are needed to make devices",
      ::geteuid() == 0 ? "root has them taken away here; of a container: docker run --privileged"
                       : "run as root: sudo linkfab doctor"};
}

Finding check_agent_program() {
  const auto program = agent_program();
  const auto file = program.find('/') != std::string::npos ? program : find_program(program);
  if (!file.empty()) return {"linkfabd", Verdict::ok, file, ""};
  return {"linkfabd", Verdict::missing, "the agent is neither beside linkfab nor in PATH",
          "install it: cmake --install BUILD-DIRECTORY"};
}

std::vector<Finding> check_openvswitch() {
  std::vector<Finding> findings;
  for (const char* program : {"ovsdb-server", "ovs-vswitchd", "ovsdb-tool"})
    findings.push_back(check_program(program));
  if (::access(schema_file, R_OK) == 0) {
    findings.push_back({"vswitch schema", Verdict::ok, schema_file, ""});
  } else {
    findings.push_back(
        {"vswitch schema", Verdict::missing, fmt::format("cannot read {}", schema_file), get_ovs});
  }
  if (const auto connected = try_connect(system_ovs)) {
    findings.push_back(
        {"system Open vSwitch", Verdict::ok, std::string("running at ") + system_ovs, ""});
  } else {
    findings.push_back(
        {"system Open vSwitch", Verdict::optional,
         format(connected.error()) + "; a private one will be started",
         "to use the system's: systemctl start openvswitch-switch (Fedora: openvswitch)"});
  }
  return findings;
}

Finding check_engine() {
  const auto socket = containers::Engine::default_socket();
  Finding finding{"container engine", Verdict::optional, "", ""};
  const auto asked = run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    containers::Engine engine(executor, socket);
    auto info = co_await engine.connect();
    if (!info) co_return std::unexpected(info.error());
    finding.verdict = Verdict::ok;
    finding.detail =
        fmt::format("{} {}, API {}, at {}", info->name, info->version, info->api_version, socket);
    co_return success;
  });
  if (asked) return finding;
  finding.detail = format(asked.error()) + "; only nodes of kind docker need one";
  finding.remedy =
      "Debian, Ubuntu: apt install docker.io; Fedora: dnf install moby-engine; or podman, with "
      "podman.socket";
  return finding;
}

Finding check_timers() {
  const auto step = netem::timer_resolution();
  if (step <= nanoseconds{1000})
    return {"timers", Verdict::ok, fmt::format("high resolution ({})", format(step)), ""};
  return {"timers", Verdict::optional, fmt::format("a delay can be off by {}", format(step)),
          "use a kernel with CONFIG_HIGH_RES_TIMERS=y and no highres=off"};
}

Finding check_gateways() {
  Finding finding{"gateways", Verdict::ok, "carried by the kernel", ""};
  const auto programs = gateway::Programs::load("doctor", "/run/linkfab-gateways");
  if (programs) return finding;
  finding.verdict = Verdict::optional;
  finding.detail =
      "udp goes by a process, tap, nic and vxlan not at all: " + linkfab::format(programs.error());
  finding.remedy = programs.error().code == Errc::denied
                       ? "run it as root"
                       : "use Linux 5.14 or later with CONFIG_BPF_SYSCALL and CONFIG_NET_CLS_BPF";
  return finding;
}

Finding check_ipv6() {
  if (::access("/proc/net/if_inet6", F_OK) == 0) return {"IPv6", Verdict::ok, "available", ""};
  return {"IPv6", Verdict::optional, "this kernel has none: IPv6 addresses in a lab will fail",
          "boot without ipv6.disable=1"};
}

}  // namespace linkfab::cli
