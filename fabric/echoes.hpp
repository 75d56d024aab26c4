// Round trips between this host and others, as the agent is given them: it asks, and looks for what
// has come when it asks again. How that is done is not its affair (tools/host_echoes.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/backoff.hpp"
#include "core/result.hpp"

namespace linkfab::fabric {

class Echoes {
 public:
  Echoes() = default;
  virtual ~Echoes() = default;
  Echoes(const Echoes&) = delete;
  Echoes& operator=(const Echoes&) = delete;

  // Of the host with this address. Never waits.
  [[nodiscard]] virtual Result<void> ask(const std::string& address) = 0;

  struct Answer {
    std::string address;
    nanoseconds round_trip{};  // however late next() is called
  };
  // nullopt: no more have come yet.
  [[nodiscard]] virtual std::optional<Answer> next() = 0;
};

// From this address of the host's, the one that its tunnels have.
using OpenEchoes = std::function<Result<std::unique_ptr<Echoes>>(const std::string& address)>;

}  // namespace linkfab::fabric
