// Work done in another network namespace.
//
// Changes the calling thread for that long; other threads do not notice.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/result.hpp"

namespace linkfab::gateway {

// Enters the namespace at `path` (a bind mount or /proc/PID/ns/net; empty: stays), does the work
// and returns; terminates if it cannot return, since nothing may go on in the wrong namespace.
[[nodiscard]] Result<void> in_netns(const std::string& path,
                                    const std::function<Result<void>()>& work);

// The number of the namespace that the thread is in. The kernel never gives it twice, unlike an
// inode's. Errc::unsupported before Linux 5.14.
[[nodiscard]] Result<std::uint64_t> netns_cookie();

}  // namespace linkfab::gateway
