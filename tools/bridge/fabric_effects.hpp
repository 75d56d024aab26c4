// Effects that put ubridge's links on the fabric of this host where they can be, and carry them in
// this process where not.
//
// On the fabric is a bridge while it runs, has filters that netem knows and no capture, and joins
// two of: an adapter (a TAP that was moved into a container), a UDP tunnel, and an end of a veth
// pair that this process made. What joins a bridge that runs to the fabric or takes it away again
// is always the same look at these conditions, so that any order of commands does. Where there is
// no fabric, or it refuses, everything is as it is without one.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/bridge/fabric_rows.hpp"
#include "tools/bridge/host_carrier.hpp"

namespace linkfab::tools {

class FabricEffects : public HostCarrier {
 public:
  FabricEffects(boost::asio::any_io_executor executor, int debug_level, const ubridge::Log& log,
                AgentUse use);
  ~FabricEffects() override;
  FabricEffects(const FabricEffects&) = delete;
  FabricEffects& operator=(const FabricEffects&) = delete;

  Result<void> open(const std::string& bridge, ubridge::Slot slot,
                    const ubridge::Nio& nio) override;
  Result<void> close(const std::string& bridge, ubridge::Slot slot) override;
  Result<void> join(const std::string& bridge) override;
  Result<void> separate(const std::string& bridge) override;
  Result<void> renamed(const std::string& from, const std::string& to) override;
  Result<void> set_filters(const std::string& bridge,
                           const std::vector<ubridge::Filter>& filters) override;
  Result<void> start_capture(const std::string& bridge, const ubridge::Capture& capture) override;
  Result<void> stop_capture(const std::string& bridge) override;
  Result<ubridge::NioStatistics> statistics(const std::string& bridge, ubridge::Slot slot) override;
  Result<void> reset_statistics(const std::string& bridge) override;
  Result<void> set_pcap_filter(const std::string& bridge, ubridge::Slot slot,
                               const std::optional<std::string>& expression) override;

  Result<bool> create_veth(const std::string& first, const std::string& second) override;
  Result<void> delete_veth(const std::string& device) override;
  Result<void> move_to_namespace(const std::string& device, int pid,
                                 const std::string& name) override;
  Result<void> set_mac_address(const std::string& device, const std::string& address) override;

 private:
  struct End {
    ubridge::Nio nio;
    bool own_tap = false;  // made by this process
    bool open = false;     // in this process: its socket or descriptor is here
    std::optional<std::string> mac;
    std::optional<Plug> plug;
  };
  struct Wire {
    std::array<std::optional<End>, 2> ends;
    std::vector<ubridge::Filter> filters;
    bool capturing = false;
    bool filtered = false;  // a pcap filter on an end
    bool running = false;
    std::optional<Joint> joint;                    // on the fabric
    std::array<ubridge::NioStatistics, 2> former;  // counted before the last change of carriers
    std::array<ubridge::NioStatistics, 2> zero;    // what a reset took away
    [[nodiscard]] bool is_blank() const;
  };

  [[nodiscard]] std::optional<JointEnd> joint_end(const End& end) const;
  // The ends as the fabric would have them; nullopt: it would not.
  [[nodiscard]] std::optional<std::array<JointEnd, 2>> for_fabric(const Wire& wire) const;
  Result<void> open_here(const std::string& bridge, Wire& wire, ubridge::Slot slot);
  void close_here(const std::string& bridge, Wire& wire, ubridge::Slot slot);
  // Starts what carries the frames of a bridge that runs.
  Result<void> start(const std::string& bridge, Wire& wire);
  void stop(const std::string& bridge, Wire& wire);
  // After a change of the conditions.
  Result<void> look_again(const std::string& bridge, Wire& wire);
  Result<void> start_on_fabric(const std::string& bridge, Wire& wire,
                               const std::array<JointEnd, 2>& ends);
  Result<std::array<ubridge::NioStatistics, 2>> counted(const std::string& bridge, Wire& wire);
  void forget_if_blank(const std::string& bridge);
  // The bridge, slot and end of a TAP that this process made and did not move yet.
  struct Tap {
    std::string bridge;
    ubridge::Slot slot = ubridge::Slot::source;
    Wire* wire = nullptr;
    End* end = nullptr;
  };
  [[nodiscard]] std::optional<Tap> find_tap(const std::string& device);
  Result<void> plug_in(const Tap& tap, int pid, const std::string& name);

  ubridge::Log log_;
  FabricRows rows_;
  std::map<std::string, Wire> wires_;
  std::set<std::string> veths_;  // ends of pairs that were made here
};

}  // namespace linkfab::tools
