#include "fabric/datapath.hpp"

#include <linux/openvswitch.h>

#include <memory>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/socket.h>

namespace linkfab::fabric {

bool kernel_has_openvswitch() {
  struct Free {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  const std::unique_ptr<nl_sock, Free> socket(nl_socket_alloc());
  return socket && genl_connect(socket.get()) == 0 &&
         genl_ctrl_resolve(socket.get(), OVS_DATAPATH_FAMILY) >= 0;
}

}  // namespace linkfab::fabric
