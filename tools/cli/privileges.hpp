// What this process must be allowed to for what the agent does: capabilities(7).
#pragma once

namespace linkfab::cli {

// Has it CAP_NET_ADMIN and CAP_SYS_ADMIN, with which devices and namespaces are made? Root in a
// container often has not.
[[nodiscard]] bool may_make_devices();

}  // namespace linkfab::cli
