// One monitored database of a session: asks for its monitor on each new connection, with the best
// method the server has, and keeps the replica.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <json/value.h>

#include "core/result.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/rpc.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::ovsdb {

class Subscription {
 public:
  struct Events {
    std::function<void(const Changes& changes, bool resync)> changed;
    std::function<void(const Error& error)> failed;  // of no use on this connection
  };

  Subscription(Monitor monitor, Events events);
  ~Subscription() = default;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // On a new connection: the schema, then the monitor. The subscription must outlive the
  // connection.
  void begin(Rpc& rpc);
  void end() { filled_ = false; }
  // A notification: true where it was this database's update.
  bool notified(const std::string& method, const Json::Value& params);

  [[nodiscard]] bool filled() const { return filled_; }
  [[nodiscard]] const Replica& replica() const { return replica_; }

 private:
  // From the best to the oldest.
  enum class Method { monitor_cond_since, monitor_cond, monitor };

  void ask(Rpc& rpc, Method method);
  void answered(Rpc& rpc, Method method, Result<Json::Value> result);
  [[nodiscard]] std::string monitor_params(Method method) const;
  [[nodiscard]] Result<Changes> fill(Method method, const Json::Value& result);

  Monitor monitor_;
  Events events_;
  Schema schema_;
  Replica replica_;
  std::string last_transaction_;
  bool filled_ = false;
};

}  // namespace linkfab::ovsdb
