// Where an instance keeps what is on disk.
//
// The run directory holds sockets, locks and namespaces and does not survive a boot; the state
// directory holds the database. Both can be moved with $LINKFAB_RUN_DIR and $LINKFAB_STATE_DIR,
// which tests use; not in a program that has more rights than its user (secure_getenv(3)).
#pragma once

#include <string>

namespace linkfab::fabric {

inline constexpr const char* default_instance = "linkfab";

struct Paths {
  std::string instance;   // "linkfab"
  std::string run_dir;    // /run/linkfab
  std::string state_dir;  // /var/lib/linkfab

  [[nodiscard]] std::string db_socket() const { return run_dir + "/db.sock"; }
  [[nodiscard]] std::string db_remote() const { return "unix:" + db_socket(); }
  [[nodiscard]] std::string db_file() const { return state_dir + "/linkfab.db"; }
  // fabric/remote_file.hpp.
  [[nodiscard]] std::string remote_file() const { return run_dir + "/database.json"; }
  // Held with flock(2) by the running agent: whoever can take it knows that there is none.
  [[nodiscard]] std::string lock_file() const { return run_dir + "/linkfabd.lock"; }
  // Of an agent that `linkfab up` started.
  [[nodiscard]] std::string log_file() const { return run_dir + "/linkfabd.log"; }
  [[nodiscard]] std::string ovs_dir() const {
    return run_dir + "/ovs";
  }  // of a private Open vSwitch
  [[nodiscard]] std::string netns_dir() const {
    return run_dir + "/netns";
  }  // one mount a netns node
  [[nodiscard]] std::string netns(const std::string& node) const {
    return netns_dir() + "/" + node;
  }
  // Records of what was played, one CSV file a scenario.
  [[nodiscard]] std::string scenario_dir() const { return state_dir + "/scenarios"; }
  // Mounted read-only at /.linkfab in the node's container; also its log and process id.
  [[nodiscard]] std::string node_dir(const std::string& node) const {
    return run_dir + "/nodes/" + node;
  }
};

[[nodiscard]] Paths paths_of(const std::string& instance);

// Is an agent of this instance running? Works for any user who may read the lock file.
[[nodiscard]] bool agent_alive(const Paths& paths);

}  // namespace linkfab::fabric
