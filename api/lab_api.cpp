#include "api/lab_api.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "api/http_status.hpp"
#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "api/resources.hpp"
#include "api/static_files.hpp"
#include "core/log.hpp"
#include "fabric/known_links.hpp"
#include "fabric/link_term.hpp"

namespace linkfab::api {

using boost::asio::awaitable;

LabApi::State::State(boost::asio::any_io_executor its_executor, ApiOptions its_options)
    : executor(std::move(its_executor)),
      options(std::move(its_options)),
      client(std::make_shared<fabric::LabClient>(executor, options.remote, options.sharing.tls)),
      event_streams(executor, client, options.about) {
  add_reads();
  add_changes();
  add_members();
  add_scenarios();
  add_history();
  add_streams();
}

void LabApi::State::add_route(Route route) {
  if (route.pattern.find("{link}") != std::string::npos)
    route.answer = [this, answer = std::move(route.answer)](Call call) -> awaitable<HttpResponse> {
      if (auto connected = co_await client->connect(); !connected)
        co_return problem(connected.error());
      auto name = link_name(call.arguments.front());
      if (!name) co_return problem(status::not_found, format(name.error()));
      call.arguments.front() = *std::move(name);
      co_return co_await answer(std::move(call));
    };
  router.add(std::move(route));
}

// Not with its ends exchanged: a_to_b would be the other direction.
Result<std::string> LabApi::State::link_name(const std::string& text) const {
  const auto& lab = client->view();
  if (find_joint(lab, text) != nullptr) return text;
  fabric::KnownLinks known(lab, client->replica());
  const auto found = known.find(text);
  if (!found) return std::unexpected(found.error());
  auto name = (*found)->name;
  const auto term = fabric::parse_link_term(text);
  const auto begins_with = [](const std::string& end, const fabric::LinkTerm::End& wanted) {
    return end.starts_with(wanted.node + ":") &&
           (!wanted.interface || end.substr(wanted.node.size() + 1) == *wanted.interface);
  };
  if (term.ends.size() == 2 && !begins_with((*found)->ends.front().name, term.ends[0]))
    return failure(Errc::not_found, fmt::format("find link '{}'", text),
                   fmt::format("its ends are the other way round: {}", name));
  return name;
}

LabApi::LabApi(boost::asio::any_io_executor executor, ApiOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(options))) {}

LabApi::~LabApi() = default;

const Router& LabApi::router() const {
  return state_->router;
}

namespace {

bool reads_only(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace

HttpHandler LabApi::handler(std::optional<TcpAccess> access) const {
  return
      [state = state_, access = std::move(access)](HttpRequest request) -> awaitable<HttpResponse> {
        const bool api = request.path == "/api" || request.path.starts_with("/api/");
        if (access)
          if (auto refused = refuse(request, *access, api); refused) co_return *refused;
        if (!api) co_return static_file(state->options.web_directory, request);
        if (!reads_only(request.method))
          log::info("api: " + (request.user ? "user " + std::to_string(*request.user) : "TCP") +
                    ": " + request.method + " " + request.path.substr(0, 200));
        co_return co_await state->router.answer(std::move(request));
      };
}

HttpLimits LabApi::limits() {
  return {.header = 16384,
          .body = std::uint64_t{1} << 20,
          .connections = 256,
          .request = std::chrono::seconds{15},
          .response = std::chrono::seconds{30}};
}

HttpRefusal LabApi::refusal() {
  return [](unsigned status, const std::string& detail) { return problem(status, detail); };
}

}  // namespace linkfab::api
