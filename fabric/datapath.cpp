#include "fabric/datapath.hpp"

#include <linux/openvswitch.h>

#include <cstring>
#include <ctime>
#include <memory>

#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

namespace linkfab::fabric {
namespace {

constexpr const char* datapath_name = "ovs-system";  // ovs-vswitchd calls it so

struct Family {
  struct Free {
    void operator()(nl_sock* one) const { nl_socket_free(one); }
  };
  std::unique_ptr<nl_sock, Free> socket;
  int number = -1;  // negative: the kernel has none
};

Family datapath_family() {
  Family family;
  family.socket.reset(nl_socket_alloc());
  if (family.socket && genl_connect(family.socket.get()) == 0)
    family.number = genl_ctrl_resolve(family.socket.get(), OVS_DATAPATH_FAMILY);
  return family;
}

int read_counts(nl_msg* message, void* counts) {
  const auto* header = static_cast<const genlmsghdr*>(nlmsg_data(nlmsg_hdr(message)));
  const auto* found = nla_find(genlmsg_attrdata(header, sizeof(ovs_header)),
                               genlmsg_attrlen(header, sizeof(ovs_header)), OVS_DP_ATTR_STATS);
  ovs_dp_stats stats{};
  if (found == nullptr || nla_len(found) < static_cast<int>(sizeof stats)) return NL_SKIP;
  std::memcpy(&stats, nla_data(found), sizeof stats);
  *static_cast<std::optional<DatapathCounts>*>(counts) =
      DatapathCounts{.hit = stats.n_hit, .missed = stats.n_missed, .lost = stats.n_lost};
  return NL_OK;
}

}  // namespace

std::chrono::milliseconds uptime() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::milliseconds{std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000};
}

bool kernel_has_openvswitch() {
  return datapath_family().number >= 0;
}

std::optional<DatapathCounts> kernel_datapath_counts() {
  const auto family = datapath_family();
  if (family.number < 0) return std::nullopt;
  nl_msg* message = nlmsg_alloc();
  if (message == nullptr) return std::nullopt;
  // The header is zero: the datapath is told by its name.
  if (genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family.number, sizeof(ovs_header), 0,
                  OVS_DP_CMD_GET, OVS_DATAPATH_VERSION) == nullptr ||
      nla_put_string(message, OVS_DP_ATTR_NAME, datapath_name) != 0) {
    nlmsg_free(message);
    return std::nullopt;
  }
  std::optional<DatapathCounts> counts;
  nl_socket_modify_cb(family.socket.get(), NL_CB_VALID, NL_CB_CUSTOM, read_counts, &counts);
  (void)nl_send_sync(family.socket.get(), message);  // frees the message
  return counts;
}

}  // namespace linkfab::fabric
