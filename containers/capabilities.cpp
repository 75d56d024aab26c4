#include "containers/capabilities.hpp"

#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <cap-ng.h>

namespace linkfab::containers {
namespace {

constexpr std::array needed{
    CAP_NET_ADMIN,                                 // devices, queues, filters, the switch
    CAP_NET_RAW,                                   // packet sockets of the switch and the relay
    CAP_SYS_ADMIN,                                 // namespaces, mounts
    CAP_BPF, CAP_PERFMON,                          // the gateways' programs in the kernel
    CAP_SYS_PTRACE,                                // namespaces of other users' processes
    CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN,       // files of nodes, of groups
    CAP_KILL,                                      // a machine's program is another user's
    CAP_SETUID, CAP_SETGID, CAP_SETPCAP,           // becoming that user
    CAP_SYS_RESOURCE, CAP_IPC_LOCK, CAP_SYS_NICE,  // limits; the switch's memory and threads
    CAP_SYS_CHROOT,                                // mount namespaces
    // Of daemons that are nodes' commands: routers, web and SSH servers.
    CAP_NET_BIND_SERVICE, CAP_NET_BROADCAST, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP, CAP_AUDIT_WRITE};

}  // namespace

Result<std::vector<std::string>> drop_needless_capabilities() {
  constexpr const char* attempt = "give up needless capabilities";
  if (::capng_get_caps_process() != 0) return failure(Errc::failed, attempt, "cannot read them");
  std::vector<std::string> dropped;
  for (unsigned capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (std::ranges::count(needed, static_cast<int>(capability)) != 0) continue;
    if (::capng_have_capability(CAPNG_PERMITTED, capability) == 0 &&
        ::capng_have_capability(CAPNG_BOUNDING_SET, capability) == 0)
      continue;
    if (::capng_update(CAPNG_DROP,
                       static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED |
                                                 CAPNG_INHERITABLE | CAPNG_BOUNDING_SET),
                       capability) != 0)
      return failure(Errc::failed, attempt, "the kernel does not know them");
    dropped.emplace_back(::capng_capability_to_name(capability));
  }
  if (dropped.empty()) return dropped;
  if (const int failed = ::capng_apply(CAPNG_SELECT_BOTH); failed != 0)
    return failure(Errc::failed, attempt,
                   "libcap-ng's step " + std::to_string(-failed) + " failed");
  return dropped;
}

}  // namespace linkfab::containers
