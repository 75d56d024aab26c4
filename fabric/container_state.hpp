// The inside of ContainerNodes: its records, one a node, and the coroutines that drive and watch
// them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/backoff.hpp"
#include "fabric/container_nodes.hpp"

namespace linkfab::fabric {

struct ContainerNodes::State : std::enable_shared_from_this<State> {
  struct Record {
    std::optional<Node> wanted;
    std::optional<containers::Container> observed;
    std::optional<Presence> presence;
    NodeStatus status;
    std::int64_t restart_request = 0;
    bool start_allowed = false;
    std::optional<TimePoint> ended;  // seen to end by itself
    bool busy = false;               // being driven
    bool again = false;              // wanted or seen to change while it was driven
    bool failed = false;             // the last step failed: waits for a change or for its time
  };

  State(boost::asio::any_io_executor its_executor, Paths its_paths, const std::string& socket)
      : executor(its_executor), paths(std::move(its_paths)), engine(its_executor, socket) {}

  void tell(const std::string& name) {
    if (changed) changed(name);
  }
  void kick(const std::string& name);
  void kick_waiting();
  void forget_if_done(const std::string& name);
  void retry_later(const std::string& name);
  boost::asio::awaitable<void> drive(std::string name);
  boost::asio::awaitable<Result<void>> step(Record& record, const std::string& name,
                                            ContainerStep what);
  boost::asio::awaitable<Result<void>> create(Record& record, const std::string& name);
  boost::asio::awaitable<void> look(std::string name, std::string id);
  void saw(Record& record, const containers::Container& container);
  [[nodiscard]] Result<ContainerStep> next_of(const Record& record, const std::string& name) const;
  boost::asio::awaitable<Result<void>> look_at_external(Record& record);
  void failed(Record& record, const std::string& name, const Error& error, ContainerStep what);
  void arrived(Record& record, const std::string& name);
  boost::asio::awaitable<void> follow();
  [[nodiscard]] static bool ended_by_engine(const Record& record);
  void reached();
  void lost();
  boost::asio::awaitable<Result<void>> observe_all();
  void on_event(const containers::ContainerEvent& event);
  [[nodiscard]] std::optional<std::string> node_of(const containers::ContainerEvent& event) const;

  boost::asio::any_io_executor executor;
  Paths paths;
  containers::Engine engine;
  std::function<void(const std::string&)> changed;
  std::map<std::string, Record> records;
  Backoff backoff;
  std::set<std::string> waiting;
  int running = 0;
  bool known = false;  // reached once: what is remembered was seen
  bool tried = false;  // reached, or found not to be there
  bool reachable = false;
  bool stopped = false;
  std::string engine_error;
};

}  // namespace linkfab::fabric
