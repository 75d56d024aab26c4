// Any bytes as one netlink message, exactly as long as its header says: no decoder reads beyond.
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "netem/ack.hpp"
#include "netem/address.hpp"
#include "netem/device.hpp"
#include "netem/qdisc.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linkfab::netem;
  // An allocation of its own size, so that a byte too far is seen.
  const std::size_t length = sizeof(nlmsghdr) + size;
  const auto storage = std::make_unique<std::uint8_t[]>(length);
  std::copy_n(data, size, storage.get() + sizeof(nlmsghdr));
  auto& message = *reinterpret_cast<nlmsghdr*>(storage.get());
  for (const int type : std::initializer_list<int>{RTM_NEWLINK, RTM_NEWQDISC, RTM_NEWADDR,
                                                   RTM_NEWROUTE, NLMSG_ERROR, NLMSG_DONE}) {
    message = {.nlmsg_len = static_cast<std::uint32_t>(length),
               .nlmsg_type = static_cast<std::uint16_t>(type),
               .nlmsg_flags = NLM_F_ACK_TLVS,
               .nlmsg_seq = 0,
               .nlmsg_pid = 0};
    (void)decode_device(message);
    (void)decode_address(message);
    (void)decode_route(message);
    (void)decode_ack(message, "fuzz");
    if (const auto qdisc = decode_qdisc(message); qdisc && qdisc->netem) {
      // What was read can be said again, and means the same.
      const Message again = replace_netem(qdisc->device, *qdisc->netem);
      const auto read = decode_qdisc(again.header());
      if (!read || !read->netem || !matches(*qdisc->netem, *read->netem)) __builtin_trap();
    }
  }
  return 0;
}
