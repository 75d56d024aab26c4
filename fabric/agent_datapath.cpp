#include <sys/types.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/process.hpp"
#include "core/fd.hpp"
#include "core/log.hpp"
#include "core/units.hpp"
#include "fabric/agent_state.hpp"
#include "fabric/datapath.hpp"

// The part of an agent's start that is about what carries the fabric's frames.
namespace linkfab::fabric {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;

// Open vSwitch 3.1 and some before it learn how many processors there are only then.
constexpr milliseconds first_count{10'000};

// When after the machine's start, by the file that has the process's pid.
std::optional<milliseconds> started(const std::string& pid_file) {
  const auto text = read_file(pid_file);
  if (!text) return std::nullopt;
  const auto pid =
      parse_integer(text->substr(0, text->find('\n')), 1, std::numeric_limits<pid_t>::max());
  const auto process = pid ? containers::identify(static_cast<int>(*pid)) : std::nullopt;
  if (!process) return std::nullopt;
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return milliseconds{process->start_time * 1000 / ticks};
}

}  // namespace

std::string Agent::State::datapath() const {
  return vswitch->options().datapath_type.value_or(kernel_datapath);
}

void Agent::State::tell_datapath() const {
  if (datapath() == kernel_datapath || options.datapath) return;
  log::warning(
      fmt::format("the fabric is in user space{}",
                  kernel_has_openvswitch()
                      ? ", as it was: --datapath system changes that"
                      : ": this kernel has no openvswitch; `linkfab doctor` says where to "
                        "get it, --forwarding tc leaves links to the kernel all the same"));
}

awaitable<Result<void>> Agent::State::wake_datapath() {
  if (own_switch || datapath() != kernel_datapath) co_return Result<void>{};
  const auto start = started(switch_dir + "/ovs-vswitchd.pid");
  const auto counts = kernel_datapath_counts();
  if (!start || *start >= first_count || !counts || !counts->unanswered()) co_return Result<void>{};
  maybe_deaf = vswitch->shares_kernel_datapath();
  if (maybe_deaf) co_return Result<void>{};
  log::info(
      "Open vSwitch was started in the machine's first ten seconds; its datapath is made anew");
  co_await pause_for(std::max(first_count + milliseconds{500} - uptime(), milliseconds{0}));
  if (auto removed = co_await vswitch->remove_all(); !removed) co_return removed;
  co_return co_await prepare_bridge();
}

void Agent::State::look_at_datapath() {
  if (!maybe_deaf) return;
  const auto counts = kernel_datapath_counts();
  maybe_deaf = counts && counts->unanswered();
  if (maybe_deaf && counts->lost == 0) return;
  trouble("Open vSwitch's datapath",
          maybe_deaf ? "no frame passes: ovs-vswitchd was started in the machine's first ten "
                       "seconds and answers nothing; `systemctl restart openvswitch-switch`"
                     : "");
}

}  // namespace linkfab::fabric
