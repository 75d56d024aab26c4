// check_kernel() of doctor_checks.hpp.
#include <sys/utsname.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <sched.h>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

#include "core/fd.hpp"
#include "fabric/datapath.hpp"
#include "netem/device.hpp"
#include "netem/inner_wire.hpp"
#include "netem/netns.hpp"
#include "netem/qdisc.hpp"
#include "netem/socket.hpp"
#include "netem/virtual_device.hpp"
#include "tools/cli/doctor_checks.hpp"

namespace linkfab::cli {
namespace {

using Verdict = Finding::Verdict;

struct Module {
  const char* name;
  const char* purpose;
  const char* remedy;
  bool (*probe)();  // asks the kernel itself; in a network namespace that nobody else sees
  bool needed = true;
};

std::string release() {
  utsname names{};
  ::uname(&names);
  return names.release;
}

// Does a line of the file name the module? In modules.dep and modules.builtin as a path,
// "kernel/…/veth.ko.xz:".
bool listed(const std::string& file, const std::string& module) {
  const auto text = read_file(file);
  return text && text->find("/" + module + ".ko") != std::string::npos;
}

bool loaded(const std::string& module) {
  const auto text = read_file("/proc/modules");
  return text && ("\n" + *text).find("\n" + module + " ") != std::string::npos;
}

// Runs in a child with a network namespace of its own, which ends with it.
bool in_own_netns(bool (*probe)()) {
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) ::_exit(::unshare(CLONE_NEWNET) == 0 && probe() ? 0 : 1);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Result<void> make_veth(netem::Socket& socket) {
  const auto here = netem::open_netns("/proc/self/ns/net");
  if (!here) return std::unexpected(here.error());
  netem::VethSpec spec;
  spec.host_name = "probe0";
  spec.node_name = "probe1";
  spec.node_netns = here->get();
  spec.node_mac = "02:00:00:00:00:01";
  return socket.request(netem::create_veth(spec));
}

bool probe_veth() {
  auto socket = netem::Socket::route();
  return socket && make_veth(*socket);
}

// A netem on a device of its own, and these below it.
bool probe_inner(const std::vector<netem::InnerStep>& steps) {
  auto socket = netem::Socket::route();
  if (!socket || !make_veth(*socket)) return false;
  const auto devices = netem::dump_devices(*socket);
  if (!devices) return false;
  const auto device = std::ranges::find(*devices, "probe0", &netem::Device::name);
  return device != devices->end() && socket->request(netem::replace_netem(device->index, {})) &&
         std::ranges::all_of(steps, [&](const netem::InnerStep& step) {
           return socket->request(netem::message_of(device->index, step)).has_value();
         });
}

bool probe_netem() {
  return probe_inner({});
}

bool probe_prio() {
  return probe_inner({netem::AddPrio{}});
}

bool probe_filter() {
  return probe_inner(
      {netem::AddPrio{},
       netem::AddFilter{{.preference = 1, .program = netem::every_frame(), .drop_every = 2}}});
}

bool probe_htb() {
  return probe_inner({netem::AddHtb{}});
}

bool probe_cake() {
  netem::Bottleneck bottleneck{.rate_bytes = 1'000'000, .queue = {}};
  bottleneck.queue =
      netem::resolved({.kind = netem::QueueDiscipline::Kind::cake}, bottleneck.rate_bytes);
  return probe_inner(
      {netem::AddHtb{}, netem::SetRate{bottleneck},
       netem::SetQueue{.bottleneck = bottleneck, .handle = netem::queue_handles[0], .made = true}});
}

bool probe_tun() {
  return netem::create_tap("probe0").has_value();
}

bool probe_vxlan() {
  auto socket = netem::Socket::route();
  return socket && socket->request(netem::create_vxlan({.name = "probe0", .vni = 1}));
}

constexpr const char* more_modules =
    "Ubuntu: apt install linux-modules-extra-$(uname -r); Debian: linux-image-amd64, not -cloud; "
    "Fedora: dnf install "
    "kernel-modules-extra";

constexpr Module modules[] = {
    {"openvswitch", "forwards frames; without it they go through user space, which is slower",
     "Debian, Ubuntu: apt install linux-image-amd64; Fedora: dnf install kernel-modules-core; or "
     "without it: linkfabd --forwarding tc",
     fabric::kernel_has_openvswitch, false},
    {"sch_netem", "impairs links", more_modules, probe_netem},
    {"sch_prio", "keeps classes of traffic apart", more_modules, probe_prio, false},
    {"cls_bpf", "finds classes of traffic", more_modules, probe_filter, false},
    {"sch_htb", "lets frames wait in a queue discipline", more_modules, probe_htb, false},
    {"sch_cake", "lets frames wait in cake", more_modules, probe_cake, false},
    {"veth", "joins nodes to the fabric", "use a kernel with CONFIG_VETH", probe_veth},
    {"tun", "makes the devices of tap gateways", "use a kernel with CONFIG_TUN", probe_tun, false},
    {"vxlan", "carries vxlan gateways", "use a kernel with CONFIG_VXLAN", probe_vxlan, false},
};

Finding check(const Module& module) {
  Finding finding{std::string("kernel: ") + module.name, Verdict::ok, "", ""};
  const auto directory = "/lib/modules/" + release();
  const auto file = [&](const char* name) { return directory + "/" + name; };
  if (loaded(module.name)) {
    finding.detail = "loaded";
  } else if (listed(file("modules.builtin"), module.name)) {
    finding.detail = "built in";
  } else if (listed(file("modules.dep"), module.name)) {
    finding.detail = "loadable";
  } else if (::geteuid() == 0 && in_own_netns(module.probe)) {
    finding.detail = "works";
  } else {
    finding.verdict = module.needed ? Verdict::missing : Verdict::optional;
    finding.detail = fmt::format("{}; this kernel, {}, has none", module.purpose, release());
    finding.remedy = module.remedy;
  }
  return finding;
}

}  // namespace

std::vector<Finding> check_kernel() {
  std::vector<Finding> findings;
  for (const auto& module : modules) findings.push_back(check(module));
  return findings;
}

}  // namespace linkfab::cli
