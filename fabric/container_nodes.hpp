// Nodes that are containers: driven towards what is wanted by the engine's API, a few at a time,
// each on its own.
//
// Slow by nature (an image may be pulled, a container takes a tenth of a second to start), so
// nothing waits for it: a node's state and presence change when the engine has said so, and
// on_changed tells which. Also watches external containers, of which nothing but the namespace is
// ours.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "containers/engine.hpp"
#include "core/result.hpp"
#include "fabric/container_plan.hpp"
#include "fabric/node_status.hpp"
#include "fabric/paths.hpp"
#include "fabric/ports.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

class ContainerNodes {
 public:
  ContainerNodes(boost::asio::any_io_executor executor, Paths paths, std::string socket);
  ~ContainerNodes();
  ContainerNodes(const ContainerNodes&) = delete;
  ContainerNodes& operator=(const ContainerNodes&) = delete;

  void on_changed(std::function<void(const std::string& node)> callback);
  // Asks the engine what containers of ours there are, and follows its events from then on; again
  // after a lost connection. Containers left by an earlier run appear even where their node is not
  // wanted.
  void start();
  // The engine was reached at least once: until then nothing is known of container nodes, and what
  // runs is left alone.
  [[nodiscard]] bool known() const;

  // `node` is what is wanted now; nullptr: not any more. `first`: since the host was booted nothing
  // was made for it, so a container that has ended is started. Returns at once.
  void want(const std::string& name, const Node* node, std::int64_t restart_request = 0,
            std::int64_t restart_done = 0, bool first = false);
  [[nodiscard]] const NodeStatus* status(const std::string& name) const;
  [[nodiscard]] const Presence* presence(const std::string& name) const;
  // Wanted or observed.
  [[nodiscard]] std::set<std::string> names() const;
  // No container of ours is left and nothing is being done.
  [[nodiscard]] bool idle_and_empty() const;
  [[nodiscard]] const std::string& engine_error() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::fabric
