// The agent of one host: connects what watches with what acts, and runs one reconciliation step
// after another.
//
// It ends by stop(), leaving the lab running, or, started with until_down, once a client has taken
// the lab down and nothing of it is left.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/echoes.hpp"
#include "fabric/forwarding.hpp"
#include "fabric/measurements.hpp"
#include "fabric/paths.hpp"
#include "fabric/sharing.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

namespace linkfab::fabric {

enum class SwitchChoice {
  automatic,  // the system's where it runs, else a private one
  system,
  private_one,
};

struct AgentOptions {
  Paths paths;
  std::string db;       // remotes of the Linkfab database, commas between; empty: our own server
  bool shared = false;  // with other hosts: `db`, or our own that is; Agent::create() finds out
  Sharing sharing;      // of our own; of another server's only its files for TLS
  std::string host;     // this host's name in it; empty: gethostname(2)
  std::string address;  // by which other hosts reach this one; empty: they do not
  SwitchChoice open_vswitch = SwitchChoice::automatic;
  std::string system_ovs_dir = "/run/openvswitch";  // of db.sock and BRIDGE.mgmt
  std::string bridge = "linkfab";
  std::optional<std::string> datapath;  // of fabric/datapath.hpp; none: VswitchOptions says which
  Forwarding forwarding = Forwarding::openflow;
  std::string engine_socket;    // empty: where an engine is expected
  std::string init_program;     // linkfab-init
  std::string relay_program;    // linkfab-relay
  std::string console_program;  // linkfab-console
  bool until_down = false;
  OpenEchoes open_echoes;  // to other hosts; none: the ways to them are not measured
  std::string metrics;     // where they are served, for the Host row; empty: nowhere
};

class Agent {
 public:
  // Takes the instance's lock. Errc::exists where another agent holds it.
  static Result<std::unique_ptr<Agent>> create(boost::asio::io_context& context,
                                               AgentOptions options);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Until stop(), or the lab was taken down. An error is one that keeps it from starting.
  boost::asio::awaitable<Result<void>> run();
  void stop();

  // States and counters, read from the kernel now. Errc::unreachable while the agent is starting.
  [[nodiscard]] Result<Measurements> measure();

 private:
  struct State;
  explicit Agent(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace linkfab::fabric
