// The kernel's acknowledgements of netlink requests (NLMSG_ERROR, linux/netlink.h).
#pragma once

#include <linux/netlink.h>

#include "core/result.hpp"

namespace linkfab::netem {

// The error number in an NLMSG_ERROR or NLMSG_DONE message as a Result; success where it is 0. The
// extended ack's text (NLMSGERR_ATTR_MSG) follows the system's own in the cause; where it says that
// the kernel does not know a kind of qdisc, classifier or action, it is all of it:
// Errc::unsupported.
[[nodiscard]] Result<void> decode_ack(const nlmsghdr& message, const std::string& attempt);

}  // namespace linkfab::netem
