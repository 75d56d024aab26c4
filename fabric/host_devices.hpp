// The host ends of our ports: devices and their qdiscs, as the kernel reports them.
//
// What is remembered comes from dumps and notifications only, never from what was asked for, but
// for the distribution tables of a netem, which the kernel does not report, and the alias of a
// device that is down, of which it does not notify; every change asked for here is followed by
// reading the notifications that it caused. Foreign devices are not remembered at all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "fabric/names.hpp"
#include "fabric/ports.hpp"
#include "netem/forward.hpp"
#include "netem/inner.hpp"
#include "netem/monitor.hpp"
#include "netem/socket.hpp"

namespace linkfab::fabric {

struct HostDevice {
  netem::Device device;  // without its alias, which `mark` says
  std::optional<PortMark> mark;
  std::unique_ptr<netem::Qdisc> qdisc;      // the root one, when it is a netem: most have none
  std::optional<netem::TablesId> tables;    // that were sent with it last; nullopt: not by us
  std::unique_ptr<netem::InnerSeen> inner;  // below it, when there is something
  std::optional<netem::Forward> forward;    // where frames go on to; nullopt: the switch sees to it
};

class HostDevices {
 public:
  static Result<HostDevices> open(std::string instance);

  // Readable when something changed.
  [[nodiscard]] int fd() const { return monitor_.fd(); }
  // The names of devices of ours that changed since the last call, by us or by others.
  std::set<std::string> read_changes();
  // Devices that are not ours, but on whose coming and going something of ours depends.
  void watch(std::set<std::string> foreign) { watched_ = std::move(foreign); }
  // Has one of them come or gone since the last call?
  [[nodiscard]] bool take_watched_changed() { return std::exchange(watched_changed_, false); }
  // Those that were set up or down, got or lost their carrier, or are gone, since the last call.
  [[nodiscard]] bool carriers_changed() const { return !carrier_changes_.empty(); }
  std::set<std::string> take_carrier_changes() { return std::exchange(carrier_changes_, {}); }
  // Is the node's end up? nullopt: that cannot be told, because the device is down or not there.
  std::optional<bool> node_end_up(const std::string& name);
  // A whole dump: at the start, and after notifications were lost.
  Result<void> observe();
  // What the kernel does not tell of: the alias taken off a device that is down. All that is known
  // of the devices stays.
  Result<void> look();
  // Fresh counters of all that is known here, in one dump of devices and one of qdiscs. It is no
  // change of a device.
  Result<void> read_counters();

  [[nodiscard]] const HostDevice* find(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, HostDevice>& all() const { return devices_; }
  // Those that somebody has renamed: under the name of no interface they are nobody's.
  [[nodiscard]] const std::set<std::string>& misnamed() const { return misnamed_; }

  // Each batch returns an error for each device that failed, by its name.
  using Failures = std::map<std::string, Error>;
  struct Create {
    std::string device;
    NodeEnd end;
    int netns = -1;  // open
  };
  Failures create(const std::vector<Create>& devices);
  Failures remove(const std::set<std::string>& devices);
  struct Shaping {
    std::optional<netem::Netem> netem;
    std::vector<netem::InnerStep> inner;
  };
  Failures shape(const std::map<std::string, Shaping>& devices);
  // nullopt: what there is goes.
  Failures forward(const std::map<std::string, std::optional<netem::Forward>>& devices);
  // The netem alone, and read_changes() does not tell of a device that is now as was asked and was
  // changed in nothing else: for changes that nobody has to look after.
  Failures play_netem(const std::map<std::string, netem::Netem>& netems);
  // One that is up speaks no IPv6 of the host's: all that its node hears comes from the fabric.
  Failures set_up(const std::map<std::string, bool>& devices);
  Failures set_marks(const std::map<std::string, PortMark>& marks);

 private:
  HostDevices(std::string instance, netem::Socket socket, netem::Monitor monitor);
  [[nodiscard]] bool ours(const netem::Device& device, const std::optional<PortMark>& mark) const;
  void follow(const netem::Device& device);
  void forget(const std::string& name);
  void follow(const netem::Event& event);
  void follow(const netem::Qdisc& qdisc);
  void read_inner();
  void read_forwards();
  // Sends messages[i] about names[i]; a device that is not there fails without a message.
  Failures request(const std::vector<std::string>& names,
                   const std::vector<netem::Message>& messages);
  void drain();
  [[nodiscard]] static Error gone(const std::string& device);

  std::string instance_;
  std::uint32_t group_;
  netem::Socket socket_;
  netem::Monitor monitor_;
  bool has_ipv6_;
  std::map<std::string, HostDevice> devices_;
  std::map<netem::IfIndex, std::string> names_;
  std::set<std::string> misnamed_;
  std::set<std::string> changed_;
  std::set<std::string> carrier_changes_;
  std::set<netem::IfIndex> inner_changed_;     // their filters or rates are to be read
  std::set<netem::IfIndex> forwards_changed_;  // likewise
  std::set<std::string> watched_;
  std::map<netem::IfIndex, std::string> watched_there_;
  bool watched_changed_ = false;
};

}  // namespace linkfab::fabric
