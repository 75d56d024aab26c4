// Control channels of switch nodes that leave from a node's network and not from this host's: a
// linkfab-relay for each controller of each such switch (gateway/control_relay.hpp).
//
// The relays are daemons of their own, found again by their `.process` files in the run directory's
// `control`; they and their connections outlive the agent. One that died is started again.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "core/result.hpp"
#include "fabric/paths.hpp"
#include "fabric/servers.hpp"

namespace linkfab::fabric {

struct ControlChannel {
  std::string socket;  // its name in Open vSwitch's directory
  std::string netns;
  std::string target;  // "tcp:10.9.0.1:6653"
};

class ControlChannels {
 public:
  ControlChannels(boost::asio::any_io_executor executor, const Paths& paths,
                  std::string switch_directory, std::string relay_program);

  // These and no others. One that is wanted otherwise than before is ended and made anew.
  Result<void> apply(const std::vector<ControlChannel>& wanted);

 private:
  Result<void> end(const std::string& process_file);

  boost::asio::any_io_executor executor_;
  std::string run_dir_;
  std::string directory_;  // of the process files
  std::string switch_directory_;
  std::string relay_program_;
  // By process file. Those that were ended stay: a server may be about to see its end.
  std::map<std::string, std::unique_ptr<Server>> relays_;
};

}  // namespace linkfab::fabric
