// What is seen of a node, as the status columns tell it.
#pragma once

#include <cstdint>
#include <string>

namespace linkfab::fabric {

struct NodeStatus {
  enum class State { pending, starting, running, paused, stopped, error } state = State::pending;
  int pid = 0;            // of its first process; 0: none
  std::string container;  // the engine's id
  std::string progress;   // what a starting node is waiting for
  std::string error;
  std::int64_t restart_done = 0;
  bool operator==(const NodeStatus&) const = default;
};

[[nodiscard]] std::string format(NodeStatus::State state);

}  // namespace linkfab::fabric
