// Where frames that come in at a device go on to without a switch: one filter at its ingress takes
// them all, and sends them out at another device or drops them. As tc(8) would say it:
//
//   tc qdisc add dev A clsact
//   tc filter replace dev A ingress protocol all pref 1 handle 1
//     bpf bytecode '1,6 0 0 4294967295' action mirred egress redirect dev B
//     bpf direct-action bytecode '1,6 0 0 2'                               (drops)
//
// Replacing is one step: every frame meets the old filter or the new one. What is sent out passes
// the other device's root qdisc, and both devices count it. Sources: net/sched/cls_bpf.c, which can
// be replaced (cls_matchall cannot), net/sched/act_mirred.c.
#pragma once

#include <cstdint>
#include <optional>

#include "core/result.hpp"
#include "netem/device.hpp"
#include "netem/message.hpp"
#include "netem/socket.hpp"

namespace linkfab::netem {

struct Forward {
  IfIndex to;  // 0: nowhere, frames are dropped
  bool operator==(const Forward&) const = default;
};

// Of a qdisc: is it the one that filters at a device's ingress need?
[[nodiscard]] bool is_clsact(std::uint32_t handle);
// One that is there already stays.
[[nodiscard]] Message add_clsact(IfIndex device);
// The device needs its clsact.
[[nodiscard]] Message set_forward(IfIndex device, const Forward& forward);
// Leaves the clsact, which others may use.
[[nodiscard]] Message delete_forward(IfIndex device);

// Is it the notification of a filter at a device's ingress?
[[nodiscard]] bool is_ingress_filter(const nlmsghdr& message);
// nullopt: there is none of ours. Of one whose other device has gone `to` is 0: it drops.
[[nodiscard]] Result<std::optional<Forward>> read_forward(Socket& socket, IfIndex device);
// One RTM_NEWTFILTER message; nullopt when it is another filter.
[[nodiscard]] std::optional<Forward> decode_forward(const nlmsghdr& message);

}  // namespace linkfab::netem
