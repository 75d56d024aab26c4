// What changes in a namespace, as it changes: devices and qdiscs.
//
// The owner waits for fd() to be readable and calls read(). After Overflow some notifications were
// lost, and the owner must dump anew.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "netem/device.hpp"
#include "netem/qdisc.hpp"

namespace linkfab::netem {

struct DeviceChanged {
  Device device;
};
struct DeviceGone {
  IfIndex index;
  std::string name;
};
struct QdiscChanged {
  Qdisc qdisc;
};
struct QdiscGone {
  IfIndex device;
  std::uint32_t handle = 0;
};
// A filter or a class of ours below its netem: netem/inner_wire.hpp reads what they are now.
struct InnerChanged {
  IfIndex device;
};
// The filters at a device's ingress: netem/forward.hpp reads what they are now.
struct ForwardChanged {
  IfIndex device;
};
struct Overflow {};
using Event = std::variant<DeviceChanged, DeviceGone, QdiscChanged, QdiscGone, InnerChanged,
                           ForwardChanged, Overflow>;

class Monitor {
 public:
  static Result<Monitor>
  open();  // RTNLGRP_LINK and RTNLGRP_TC of the current namespace; a large receive buffer
  [[nodiscard]] int fd() const { return fd_.get(); }
  // Everything that can be read now without waiting.
  std::vector<Event> read();

 private:
  explicit Monitor(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace linkfab::netem
