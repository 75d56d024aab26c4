// The other side of gateways' ports: the devices they need, the programs and the relay that carry
// their frames, and what was changed of the host's own devices.
//
// Told the whole wanted state each time and makes the difference; what an earlier agent made is
// found by its marks (device aliases, records in the run directory, program names) and taken over.
// Frames go on without the agent: the kernel's programs and the relay live on when it ends.
//
// The port itself, a veth pair, is made like any other (fabric/host_devices.hpp); its outer end is
// what frames come out of here.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "core/result.hpp"
#include "fabric/paths.hpp"
#include "fabric/ports.hpp"
#include "fabric/servers.hpp"
#include "fabric/topology.hpp"
#include "gateway/path.hpp"
#include "gateway/programs.hpp"
#include "gateway/relay_port.hpp"

namespace linkfab::fabric {

struct GatewayPort {
  Gateway gateway;
  std::string device;     // the fabric's end
  netem::IfIndex index;   // of it: another one after it was made again
  std::string outer;      // the other end
  Presence node;          // where that is
  std::uint32_t mtu = 0;  // of the nodes behind the fabric's end: what must pass whole
  // what is on the way acts on frames: super-frames must be cut before it
  bool single_frames = false;
  bool operator==(const GatewayPort&) const = default;
};
using GatewayPorts = std::map<Endpoint, GatewayPort>;

class Gateways {
 public:
  Gateways(boost::asio::any_io_executor executor, Paths paths, std::string relay_program);

  // Makes exactly these gateways work. Errors are of those that do not; warnings() of those that
  // do, but not as a user would expect.
  std::map<Endpoint, Error> apply(const GatewayPorts& wanted);
  [[nodiscard]] const std::map<Endpoint, std::string>& warnings() const { return warnings_; }
  // Each gateway of a pair that is one link in the kernel, with the other.
  [[nodiscard]] const std::map<Endpoint, Endpoint>& spliced() const { return spliced_; }
  // Devices that are not ours and that gateways stand on: when one of them comes or goes, apply()
  // is due again.
  [[nodiscard]] const std::set<std::string>& foreign_devices() const { return foreign_; }

 private:
  using Failures = std::map<Endpoint, Error>;
  using OuterPaths = std::map<std::string, gateway::Path>;  // by outer end

  [[nodiscard]] std::string former_dir() const;  // what the host was before
  void apply_in(const std::string& netns, const GatewayPorts& wanted, Failures& failures);
  std::map<std::string, Error> carry(const OuterPaths& paths);
  void find_spliced(const GatewayPorts& wanted);
  void set_offloads(const GatewayPorts& wanted, Failures& failures);
  Result<gateway::RelayErrors> ask_relay(const std::string& socket,
                                         const std::vector<gateway::RelayPort>& ports);
  void relay(const GatewayPorts& wanted, Failures& failures);

  Paths paths_;
  std::string relay_program_;
  Server relay_;
  std::optional<gateway::Programs> programs_;     // once there is a gateway
  std::set<std::string> places_;                  // namespaces with something of ours in them
  std::map<std::string, std::uint32_t> longest_;  // frames that the kernel takes, by outer end
  std::map<Endpoint, gateway::Path> carried_;     // by the kernel, since the last apply()
  std::map<Endpoint, Endpoint> spliced_;
  std::map<std::string, bool> offloads_;  // of the fabric's ends, as set
  std::map<Endpoint, std::string> warnings_;
  std::set<std::string> foreign_;
};

}  // namespace linkfab::fabric
