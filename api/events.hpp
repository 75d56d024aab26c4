// What changes in the lab, for whoever listens: one stream a listener, as docs/api.md describes it.
//
// Changes come from the replica of the database, not by polling, and are whole resources: of one
// object only the latest state waits for a listener. What waits is bounded by the number of
// objects; beyond a limit it is replaced by "reset".
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <json/value.h>

#include "api/http_server.hpp"
#include "api/resources.hpp"
#include "fabric/lab_client.hpp"

namespace linkfab::api {

// Statistics with rates since the last time it was asked; its own for each listener.
using StatisticsSource = std::function<Result<Json::Value>()>;

class Events {
 public:
  Events(boost::asio::any_io_executor executor, std::shared_ptr<fabric::LabClient> client,
         About about);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  enum class Framing { server_sent, messages };
  struct Statistics {
    std::chrono::milliseconds interval{};
    StatisticsSource source;
  };
  // What a response's stream is to be.
  [[nodiscard]] HttpStream listen(Framing framing, std::optional<Statistics> statistics);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::api
