// What the hypervisor does to the world: the one interface between the protocol and whatever
// carries the frames.
//
// The hypervisor checks names, slots, states and arguments, and calls with what is consistent; it
// remembers, so an implementation may be handed everything again. A call is complete when it
// returns: the reply follows at once, and clients count on it (a device exists under its name, a
// port is bound, a capture file has its header). An error leaves things as they were; its text goes
// to the log, the reply has ubridge's own words. What undoes something (close, separate,
// stop_capture ...) should succeed where the thing is already gone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "ubridge/bridge.hpp"

namespace linkfab::ubridge {

// Bridges of two NIOs. A bridge needs no call to come into being, and is gone when it was
// separated, its capture stopped, its filters set to none and its slots closed.
class BridgeEffects {
 public:
  virtual ~BridgeEffects() = default;

  // Devices made or opened, sockets bound, whether or not frames pass yet.
  virtual Result<void> open(const std::string& bridge, Slot slot, const Nio& nio) = 0;
  virtual Result<void> close(const std::string& bridge, Slot slot) = 0;

  // Frames begin and cease to pass between both NIOs. Filters, captures and counters stay.
  virtual Result<void> join(const std::string& bridge) = 0;
  virtual Result<void> separate(const std::string& bridge) = 0;

  // The bridge has another name from now on; nothing else changes.
  virtual Result<void> renamed(const std::string& from, const std::string& to) = 0;

  // The whole list, in order, each time it changes; also for a bridge without NIOs.
  virtual Result<void> set_filters(const std::string& bridge,
                                   const std::vector<Filter>& filters) = 0;

  virtual Result<void> start_capture(const std::string& bridge, const Capture& capture) = 0;
  virtual Result<void> stop_capture(const std::string& bridge) = 0;

  virtual Result<NioStatistics> statistics(const std::string& bridge, Slot slot) = 0;
  virtual Result<void> reset_statistics(const std::string& bridge) = 0;

  // Only for a slot with an EthernetNio: what it receives is what matches. None: everything.
  virtual Result<void> set_pcap_filter(const std::string& bridge, Slot slot,
                                       const std::optional<std::string>& expression) = 0;
};

// Devices of the host, by their names in the program's own network namespace.
class HostEffects {
 public:
  virtual ~HostEffects() = default;

  [[nodiscard]] virtual bool has_device(const std::string& device) = 0;

  // `first` is set up. False where the transmit checksums of `second` could not be switched off.
  virtual Result<bool> create_veth(const std::string& first, const std::string& second) = 0;
  virtual Result<void> delete_veth(const std::string& device) = 0;

  // Into the network namespace of that process, under its new name, in one step. The device stays
  // down and keeps its address.
  virtual Result<void> move_to_namespace(const std::string& device, int pid,
                                         const std::string& name) = 0;
  virtual Result<void> set_mac_address(const std::string& device, const std::string& address) = 0;

  // Errc::exists where it is a port of a bridge already. The cause is strerror's text.
  virtual Result<void> add_to_linux_bridge(const std::string& bridge,
                                           const std::string& device) = 0;
  virtual Result<void> set_up(const std::string& device) = 0;
};

// Bridges between an IOU process and UDP NIOs.
class IolEffects {
 public:
  virtual ~IolEffects() = default;

  // The socket of that id is made and locked. The cause of an error is shown to the client: "PID P
  // already has a lock on ID I".
  virtual Result<void> create_iol(const std::string& bridge, int id) = 0;
  virtual Result<void> delete_iol(const std::string& bridge) = 0;
  virtual Result<void> start_iol(const std::string& bridge) = 0;
  virtual Result<void> stop_iol(const std::string& bridge) = 0;
  virtual Result<void> renamed_iol(const std::string& from, const std::string& to) = 0;

  // Opening replaces what the port had.
  virtual Result<void> open_iol(const std::string& bridge, IolPort port, const IolEnd& end) = 0;
  virtual Result<void> close_iol(const std::string& bridge, IolPort port) = 0;
  virtual Result<void> set_iol_filters(const std::string& bridge, IolPort port,
                                       const std::vector<Filter>& filters) = 0;
  virtual Result<void> start_iol_capture(const std::string& bridge, IolPort port,
                                         const Capture& capture) = 0;
  virtual Result<void> stop_iol_capture(const std::string& bridge, IolPort port) = 0;
  virtual Result<NioStatistics> iol_statistics(const std::string& bridge, IolPort port) = 0;
  virtual Result<void> reset_iol_statistics(const std::string& bridge) = 0;
};

class Effects : public BridgeEffects, public HostEffects, public IolEffects {};

}  // namespace linkfab::ubridge
