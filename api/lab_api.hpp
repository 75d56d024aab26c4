// The HTTP API under /api/v1, docs/api.md: a client of the Linkfab database like the command line,
// inside the agent. It reads a replica and writes wanted rows; only counters come from the agent
// directly.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "api/access.hpp"
#include "api/client_program.hpp"
#include "api/http_server.hpp"
#include "api/resources.hpp"
#include "api/router.hpp"
#include "core/result.hpp"
#include "fabric/measurements.hpp"
#include "fabric/sharing.hpp"

namespace linkfab::api {

struct ApiOptions {
  std::string remote;  // of the Linkfab database; several with commas between
  About about;
  std::function<Result<fabric::Measurements>()> measure;
  std::string web_directory;  // of static files; empty: there are none
  // The program `linkfab`, with the options that let it find this agent, for consoles; empty:
  // there are none.
  ProgramWords command_line = {};
  fabric::Sharing sharing = {};  // its files for TLS
};

// api/openapi.json.
[[nodiscard]] std::string_view openapi_document();

class LabApi {
 public:
  LabApi(boost::asio::any_io_executor executor, ApiOptions options);
  ~LabApi();
  LabApi(const LabApi&) = delete;
  LabApi& operator=(const LabApi&) = delete;

  // For a server on a Unix socket, or on TCP. Outlived by the server: it holds what it needs.
  [[nodiscard]] HttpHandler handler(std::optional<TcpAccess> access) const;
  [[nodiscard]] const Router& router() const;
  // What a server of it does best.
  [[nodiscard]] static HttpLimits limits();
  [[nodiscard]] static HttpRefusal refusal();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::api
