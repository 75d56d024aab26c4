// Where a device is: its network namespace and the bridge it is a port of.
//
// Building a message is pure; netem/socket.hpp sends it. Source: linux/if_link.h.
#pragma once

#include <string>

#include "netem/device.hpp"
#include "netem/message.hpp"

namespace linkfab::netem {

// Into the namespace of a process, under a name of there, in one step: no other name is ever seen.
// Errc::exists where the name is taken there: then the kernel (6.18 seen) has moved it all the
// same, under the name it had. The device is down afterwards and keeps its address.
[[nodiscard]] Message move_device(IfIndex device, int pid, const std::string& name);

// As a port of a Linux bridge; out of the one in which it was.
[[nodiscard]] Message enslave_device(IfIndex device, IfIndex bridge);

}  // namespace linkfab::netem
