// What hangs below our netem (netem/inner.hpp), to the kernel and back.
//
// Qdiscs come as netem::Qdisc; filters and the rate, which are none, are read for one device at a
// time.
#pragma once

#include <vector>

#include "netem/inner.hpp"
#include "netem/socket.hpp"

namespace linkfab::netem {

[[nodiscard]] Message message_of(IfIndex device, const InnerStep& step);

// Takes a qdisc below our root into account, or that one is gone. False: it is none of them.
bool follow(InnerSeen& seen, const Qdisc& qdisc);
bool follow_gone(InnerSeen& seen, std::uint32_t handle);

// The tables that a step sent, which the kernel does not report.
void follow_tables(InnerSeen& seen, const InnerStep& step);

// Its filters or its rate, as they are now. A device or qdisc that has just gone is no error.
Result<void> read_inner(Socket& socket, IfIndex device, InnerSeen& seen);

// A filter of ours. nullopt: of another kind, or only the head of some.
[[nodiscard]] std::optional<ClassFilter> decode_filter(const nlmsghdr& message);

}  // namespace linkfab::netem
