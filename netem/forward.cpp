#include "netem/forward.hpp"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>

#include <arpa/inet.h>

#include <fmt/format.h>

#include "netem/attributes.hpp"
#include "netem/frame_filter.hpp"

namespace linkfab::netem {
namespace {

constexpr std::uint32_t clsact_handle = TC_H_MAKE(TC_H_CLSACT, 0U);
constexpr std::uint32_t ingress = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
constexpr std::uint32_t first_preference = 1U << 16;
constexpr std::uint32_t our_filter = 1;
constexpr FilterInstruction take_all{.code = BPF_RET | BPF_K, .operand = frame_matched};
// Its word is the action itself, so that no module for actions that drop is needed.
constexpr FilterInstruction drop_all{.code = BPF_RET | BPF_K, .operand = TC_ACT_SHOT};

tcmsg filter_header(IfIndex device, std::uint32_t handle, std::uint32_t info) {
  tcmsg header{};
  header.tcm_ifindex = device.value;
  header.tcm_parent = ingress;
  header.tcm_handle = handle;
  header.tcm_info = info;
  return header;
}

void put_redirect(Message& action, IfIndex to) {
  action.put(TCA_ACT_KIND, "mirred");
  action.nest(TCA_ACT_OPTIONS, [&](Message& options) {
    tc_mirred redirect{};
    redirect.action = TC_ACT_STOLEN;
    redirect.eaction = TCA_EGRESS_REDIR;
    redirect.ifindex = static_cast<std::uint32_t>(to.value);
    options.put(TCA_MIRRED_PARMS, &redirect, sizeof redirect);
  });
}

}  // namespace

bool is_clsact(std::uint32_t handle) {
  return handle == clsact_handle;
}

Message add_clsact(IfIndex device) {
  tcmsg header{};
  header.tcm_ifindex = device.value;
  header.tcm_parent = TC_H_CLSACT;
  header.tcm_handle = clsact_handle;
  Message message{RTM_NEWQDISC, NLM_F_CREATE,
                  fmt::format("make the clsact of device {}", device.value)};
  message.append(header);
  message.put(TCA_KIND, "clsact");
  return message;
}

Message set_forward(IfIndex device, const Forward& forward) {
  Message message{
      RTM_NEWTFILTER, NLM_F_CREATE,
      fmt::format("redirect frames of device {} to {}", device.value,
                  forward.to.value == 0 ? "nowhere" : std::to_string(forward.to.value))};
  message.append(filter_header(device, our_filter, first_preference | htons(ETH_P_ALL)));
  message.put(TCA_KIND, "bpf");
  message.nest(TCA_OPTIONS, [&](Message& options) {
    const bool drop = forward.to.value == 0;
    if (drop) {
      options.put(TCA_BPF_FLAGS, std::uint32_t{TCA_BPF_FLAG_ACT_DIRECT});
    } else {
      options.nest(TCA_BPF_ACT, [&](Message& actions) {
        actions.nest(1, [&](Message& action) { put_redirect(action, forward.to); });
      });
    }
    options.put(TCA_BPF_OPS_LEN, std::uint16_t{1});
    options.put(TCA_BPF_OPS, drop ? &drop_all : &take_all, sizeof(FilterInstruction));
  });
  return message;
}

Message delete_forward(IfIndex device) {
  Message message{RTM_DELTFILTER, 0, fmt::format("redirect no frames of device {}", device.value)};
  message.append(filter_header(device, our_filter, first_preference | htons(ETH_P_ALL)));
  message.put(TCA_KIND, "bpf");
  return message;
}

bool is_ingress_filter(const nlmsghdr& message) {
  return (message.nlmsg_type == RTM_NEWTFILTER || message.nlmsg_type == RTM_DELTFILTER) &&
         load<tcmsg>(payload(message)).tcm_parent == ingress;
}

std::optional<Forward> decode_forward(const nlmsghdr& message) {
  const ByteView body = payload(message);
  const auto header = load<tcmsg>(body);
  if (message.nlmsg_type != RTM_NEWTFILTER || body.size() < sizeof header) return std::nullopt;
  const Attributes attributes{message, sizeof header};
  const bool first =
      TC_H_MAJ(header.tcm_info) == first_preference && header.tcm_handle == our_filter;
  if (header.tcm_parent != ingress || !first || attributes.text(TCA_KIND) != "bpf")
    return std::nullopt;
  const auto options = attributes.nested(TCA_OPTIONS);
  const auto program = options.bytes(TCA_BPF_OPS);
  if (program.size() != sizeof(FilterInstruction)) return std::nullopt;
  const auto instruction = load<FilterInstruction>(program);
  if (options.get<std::uint32_t>(TCA_BPF_FLAGS) == TCA_BPF_FLAG_ACT_DIRECT)
    return instruction == drop_all ? std::optional(Forward{}) : std::nullopt;
  const auto action = options.nested(TCA_BPF_ACT).nested(1);
  const auto redirect = action.nested(TCA_ACT_OPTIONS).get<tc_mirred>(TCA_MIRRED_PARMS);
  if (instruction != take_all || action.text(TCA_ACT_KIND) != "mirred" ||
      redirect.eaction != TCA_EGRESS_REDIR)
    return std::nullopt;
  return Forward{{static_cast<int>(redirect.ifindex)}};
}

Result<std::optional<Forward>> read_forward(Socket& socket, IfIndex device) {
  Message message{RTM_GETTFILTER, 0, fmt::format("list the filters of device {}", device.value)};
  message.append(filter_header(device, 0, 0));
  std::optional<Forward> forward;
  const auto done = socket.dump(
      message, [&] { forward.reset(); },
      [&](const nlmsghdr& answer) {
        if (const auto found = decode_forward(answer)) forward = found;
      });
  // The device, or its clsact, has gone in the meantime.
  if (!done && done.error().code != Errc::not_found && done.error().code != Errc::invalid)
    return std::unexpected(done.error());
  return forward;
}

}  // namespace linkfab::netem
