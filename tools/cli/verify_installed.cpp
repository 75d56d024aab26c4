#include "tools/cli/verify_installed.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "fabric/ports.hpp"
#include "fabric/underlay.hpp"
#include "netem/inner_wire.hpp"
#include "netem/netem_difference.hpp"
#include "netem/netns.hpp"
#include "netem/offload.hpp"

namespace linkfab::cli {
namespace {

std::vector<std::string> check_qdisc(const Subject& subject, const netem::Qdisc* qdisc) {
  std::optional<netem::Netem> wanted;
  if (!subject.requested.idle()) {
    auto made = netem::to_netem(subject.requested, subject.frame_size);
    if (!made) return {made.error().cause};
    made->delay_ns = fabric::remaining_delay(nanoseconds{made->delay_ns}, subject.underlay).count();
    wanted = *std::move(made);
  }
  const bool foreign = qdisc != nullptr && !qdisc->netem && qdisc->kind != "noqueue";
  if (foreign) return {fmt::format("the device has a {} that is not linkfab's", qdisc->kind)};
  const auto observed = qdisc != nullptr ? qdisc->netem : std::nullopt;
  // It shrinks when the queue has.
  if (wanted && observed && !subject.requested.limit)
    wanted->limit = std::max(wanted->limit, observed->limit);
  const auto change = fabric::netem_change(wanted, observed);
  if (!change) return {};
  if (!observed) return {"there is no netem"};
  return netem::differences(*change, *observed);
}

// What would have to be done below the netem, but for what only waits to be empty.
std::vector<std::string> check_inner(const Subject& subject, const netem::InnerSeen& seen) {
  const auto wanted = netem::to_inner(subject.requested, subject.frame_size);
  if (!wanted) return {wanted.error().cause};
  bool classes = false;
  bool rate = false;
  bool queue = false;
  for (const auto& step : plan_inner(*wanted, seen)) {
    if (const auto* set = std::get_if<netem::SetBand>(&step)) {
      // Who did not send a table cannot tell which it is.
      const auto there = seen.bands.find(set->band);
      classes = classes || there == seen.bands.end() || !matches(set->netem, there->second.netem);
    } else if (std::holds_alternative<netem::AddPrio>(step) ||
               std::holds_alternative<netem::AddFilter>(step) ||
               std::holds_alternative<netem::DeleteFilter>(step)) {
      classes = true;
    } else if (std::holds_alternative<netem::SetRate>(step)) {
      rate = rate || wanted->bottleneck;
    } else if (std::holds_alternative<netem::SetQueue>(step)) {
      queue = queue || wanted->bottleneck;
    }
  }
  std::vector<std::string> wrong;
  if (classes) wrong.emplace_back("its classes of traffic are not as requested");
  if (rate) wrong.emplace_back("the rate or the burst of its queue is not as requested");
  if (queue) wrong.emplace_back("its queue discipline is not as requested");
  return wrong;
}

// Loss and the like act on frames, so what is sent must come as frames.
std::string check_offload(const Subject& subject) {
  if (!subject.why_not.empty() || !netem::needs_single_frames(subject.requested)) return {};
  const auto netns = netem::open_netns(subject.path.from.netns);
  if (!netns) return format(netns.error());
  const auto inside = netem::EnteredNetns::enter(*netns);
  if (!inside) return format(inside.error());
  auto socket = netem::Socket::generic();
  if (!socket) return format(socket.error());
  const auto on = netem::segmentation_offload(*socket, subject.from.interface);
  if (!on) return format(on.error());
  return *on ? format(subject.from) + " hands down super-frames: its segmentation offload is on"
             : "";
}

}  // namespace

measure::Traffic HostSnapshot::traffic(const Subject& subject) const {
  measure::Traffic counted{.alone = subject.alone};
  if (const auto sender = devices.find(subject.sender); sender != devices.end())
    counted.sent = sender->second.stats.rx_packets;
  const auto device = devices.find(subject.device);
  if (device == devices.end()) return counted;
  counted.left = device->second.stats.tx_packets;
  counted.bytes = device->second.stats.tx_bytes;
  const auto qdisc = qdiscs.find(device->second.index);
  if (qdisc == qdiscs.end()) return counted;
  counted.dropped = qdisc->second.stats.drops;
  counted.waiting = qdisc->second.stats.backlog_packets;
  if (const auto below = inner.find(device->second.index); below != inner.end())
    counted.waiting += netem::backlog(below->second).backlog_packets;
  return counted;
}

measure::Traffic HostSnapshot::traffic(const Subject& subject, const HostSnapshot& before) const {
  auto passed = traffic(subject);
  const auto earlier = before.traffic(subject);
  passed.time = time - before.time;
  passed.sent -= std::min(passed.sent, earlier.sent);
  passed.left -= std::min(passed.left, earlier.left);
  passed.bytes -= std::min(passed.bytes, earlier.bytes);
  passed.dropped -= std::min(passed.dropped, earlier.dropped);
  passed.waiting -= earlier.waiting;
  return passed;
}

Result<HostSnapshot> observe_host() {
  auto socket = netem::Socket::route();
  if (!socket) return std::unexpected(socket.error());
  auto devices = netem::dump_devices(*socket);
  if (!devices) return std::unexpected(devices.error());
  auto qdiscs = netem::dump_qdiscs(*socket);
  if (!qdiscs) return std::unexpected(qdiscs.error());
  HostSnapshot host{.time = std::chrono::steady_clock::now()};
  for (auto& device : *devices) host.devices.emplace(device.name, std::move(device));
  for (auto& qdisc : *qdiscs) {
    if (qdisc.root()) {
      host.qdiscs.emplace(qdisc.device, std::move(qdisc));
    } else {
      (void)netem::follow(host.inner[qdisc.device], qdisc);
    }
  }
  for (auto& [device, inner] : host.inner)
    if (auto read = netem::read_inner(*socket, device, inner); !read)
      return std::unexpected(read.error());
  return host;
}

std::vector<std::string> check_installed(const Subject& subject, const HostSnapshot& host) {
  const auto device = host.devices.find(subject.device);
  if (device == host.devices.end()) {
    if (!subject.why_not.empty()) return {};
    return {"there is no device for it on this host"};
  }
  const auto qdisc = host.qdiscs.find(device->second.index);
  auto wrong = check_qdisc(subject, qdisc == host.qdiscs.end() ? nullptr : &qdisc->second);
  const auto inner = host.inner.find(device->second.index);
  for (auto& each :
       check_inner(subject, inner == host.inner.end() ? netem::InnerSeen{} : inner->second))
    wrong.push_back(std::move(each));
  if (device->second.up != subject.up && (subject.why_not.empty() || !subject.up))
    wrong.push_back(
        fmt::format("its device {} is {}", subject.device, device->second.up ? "up" : "down"));
  if (auto offload = check_offload(subject); !offload.empty()) wrong.push_back(std::move(offload));
  return wrong;
}

}  // namespace linkfab::cli
