#include "containers/engine.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <json/value.h>

#include "containers/engine_json.hpp"
#include "containers/exec_session.hpp"
#include "containers/http_client.hpp"
#include "containers/image_reference.hpp"
#include "containers/json_fields.hpp"
#include "containers/json_lines.hpp"
#include "containers/pull_progress.hpp"

namespace linkfab::containers {

using boost::asio::any_io_executor;
using boost::asio::awaitable;

namespace {

constexpr std::chrono::seconds request_limit{120};
// Between two messages of a pull: a registry or a disk can be slow, but not silent.
constexpr std::chrono::seconds pull_quiet_limit{300};

std::string container_path(const std::string& id) {
  return "/containers/" + percent_encode(id);
}

// The engine routes an image's name with its slashes.
std::string image_path(std::string_view reference) {
  std::string path = "/images";
  while (true) {
    const auto slash = reference.find('/');
    path += "/" + percent_encode(reference.substr(0, slash));
    if (slash == reference.npos) return path;
    reference.remove_prefix(slash + 1);
  }
}

std::string filter_query(Json::Value filters, const std::string& label) {
  if (!label.empty()) filters["label"].append(label);
  return "filters=" + percent_encode(to_text(filters));
}

// The engine's own clock is ours: it is on the other side of a Unix socket.
std::string now_for_query() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(now - seconds);
  return fmt::format("{}.{:09}", seconds.count(), rest.count());
}

// The words of the caller around what a pure function found wrong.
std::unexpected<Error> wrong_answer(const std::string& attempt, const Error& error) {
  return std::unexpected(Error{error.code, attempt, format(error)});
}

// Podman 4.3 answers 500 where a name is taken.
Error with_conflict(Error error) {
  const bool taken = error.cause.find("already in use") != error.cause.npos;
  if (error.code == Errc::failed && taken) error.code = Errc::conflict;
  return error;
}

}  // namespace

struct Engine::State {
  HttpClient http;
  std::string prefix;  // "/v1.41" once connected; without it the engine takes its newest

  awaitable<Result<Json::Value>> get(std::string attempt, std::string path) {
    HttpRequest request{.attempt = attempt,
                        .method = "GET",
                        .target = prefix + path,
                        .body = {},
                        .timeout = request_limit};
    const auto answer = co_await http.exchange(std::move(request));
    if (!answer) co_return std::unexpected(answer.error());
    auto value = parse_json(answer->body);
    if (!value) co_return wrong_answer(attempt, value.error());
    co_return std::move(*value);
  }

  awaitable<Result<void>> post(std::string attempt, std::string path,
                               std::chrono::seconds limit = request_limit) {
    HttpRequest request{.attempt = std::move(attempt),
                        .method = "POST",
                        .target = prefix + path,
                        .body = {},
                        .timeout = limit};
    const auto answer = co_await http.exchange(std::move(request));
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
  }
};

Engine::Engine(any_io_executor executor, std::string socket_path)
    : state_(std::make_unique<State>(
          State{HttpClient(std::move(executor), std::move(socket_path)), {}})) {}

Engine::~Engine() = default;

std::string Engine::default_socket() {
  constexpr std::string_view scheme = "unix://";
  const char* named = std::getenv("DOCKER_HOST");
  if (named != nullptr && std::string_view(named).starts_with(scheme)) {
    return named + scheme.size();
  }
  for (const char* path : {"/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock"}) {
    struct stat status{};
    if (::stat(path, &status) == 0) return path;
  }
  return "/var/run/docker.sock";
}

awaitable<Result<EngineInfo>> Engine::connect() {
  const std::string attempt = "connect to the container engine";
  state_->prefix.clear();
  const auto answer = co_await state_->get(attempt, "/version");
  if (!answer) co_return std::unexpected(answer.error());
  auto info = agree_version(*answer);
  if (!info) co_return std::unexpected(info.error());
  state_->prefix = "/v" + info->api_version;
  co_return info;
}

awaitable<Result<std::vector<Container>>> Engine::list(std::string label) {
  const std::string attempt = "list the containers";
  const auto filters = filter_query(Json::Value(Json::objectValue), label);
  const auto answer = co_await state_->get(attempt, "/containers/json?all=1&" + filters);
  if (!answer) co_return std::unexpected(answer.error());
  if (!answer->isArray()) {
    co_return failure(Errc::failed, attempt, "the engine's answer is no JSON array");
  }
  std::vector<Container> containers;
  for (const Json::Value& entry : *answer) {
    auto container = container_from_listing(entry);
    if (!container) co_return wrong_answer(attempt, container.error());
    containers.push_back(std::move(*container));
  }
  co_return containers;
}

awaitable<Result<Container>> Engine::inspect(std::string id_or_name) {
  const std::string attempt = "inspect container " + id_or_name;
  const auto answer = co_await state_->get(attempt, container_path(id_or_name) + "/json");
  if (!answer) co_return std::unexpected(answer.error());
  auto container = container_from_inspection(*answer);
  if (!container) co_return wrong_answer(attempt, container.error());
  co_return container;
}

awaitable<Result<Image>> Engine::image(std::string reference) {
  const std::string attempt = "inspect image " + reference;
  const auto answer = co_await state_->get(attempt, image_path(reference) + "/json");
  if (!answer) co_return std::unexpected(answer.error());
  auto image = image_from_json(*answer);
  if (!image) co_return wrong_answer(attempt, image.error());
  co_return image;
}

awaitable<Result<void>> Engine::pull(std::string reference,
                                     std::function<void(const std::string&)> progress) {
  const std::string attempt = "pull image " + reference;
  const auto parts = parse_image_reference(reference);
  if (!parts) co_return wrong_answer(attempt, parts.error());

  PullProgress sum;
  JsonLines lines;
  const auto message = [&](const Json::Value& value) -> Result<void> {
    const auto line = sum.update(value);
    if (!line) return failure(line.error().code, attempt, line.error().cause);
    if (*line && progress) progress(**line);
    return {};
  };
  HttpRequest request{.attempt = attempt,
                      .method = "POST",
                      .target = state_->prefix +
                                "/images/create?fromImage=" + percent_encode(parts->name) +
                                "&tag=" + percent_encode(parts->version),
                      .body = {},
                      .timeout = pull_quiet_limit};
  HttpClient::Listener listener{
      .accepted = {},
      .part = [&](std::string_view part) { return lines.feed(part, message); },
      .quiet = pull_quiet_limit};
  auto pulled = co_await state_->http.stream(std::move(request), std::move(listener));
  if (!pulled) co_return failure(pulled.error().code, attempt, pulled.error().cause);
  // The stream can end without an error and without the image: believe what is there.
  const auto there = co_await image(reference);
  if (!there) co_return failure(there.error().code, attempt, there.error().cause);
  co_return Result<void>{};
}

awaitable<Result<std::string>> Engine::create(ContainerSpec spec) {
  const std::string attempt = "create container " + spec.name;
  HttpRequest request{
      .attempt = attempt,
      .method = "POST",
      .target = state_->prefix + "/containers/create?name=" + percent_encode(spec.name),
      .body = to_text(to_json(spec)),
      .timeout = request_limit};
  const auto answer = co_await state_->http.exchange(std::move(request));
  if (!answer) co_return std::unexpected(with_conflict(answer.error()));
  const auto value = parse_json(answer->body);
  if (!value) co_return wrong_answer(attempt, value.error());
  std::string id = text_field(*value, "Id");
  if (id.empty()) co_return failure(Errc::failed, attempt, "the engine's answer has no Id");
  co_return id;
}

awaitable<Result<void>> Engine::start(std::string id) {
  return state_->post("start container " + id, container_path(id) + "/start");
}

awaitable<Result<void>> Engine::stop(std::string id, std::chrono::seconds grace) {
  return state_->post("stop container " + id,
                      fmt::format("{}/stop?t={}", container_path(id), grace.count()),
                      request_limit + grace);
}

awaitable<Result<void>> Engine::restart(std::string id, std::chrono::seconds grace) {
  return state_->post("restart container " + id,
                      fmt::format("{}/restart?t={}", container_path(id), grace.count()),
                      request_limit + grace);
}

awaitable<Result<void>> Engine::pause(std::string id) {
  return state_->post("pause container " + id, container_path(id) + "/pause");
}

awaitable<Result<void>> Engine::unpause(std::string id) {
  return state_->post("unpause container " + id, container_path(id) + "/unpause");
}

awaitable<Result<void>> Engine::remove(std::string id) {
  HttpRequest request{.attempt = "remove container " + id,
                      .method = "DELETE",
                      .target = state_->prefix + container_path(id) + "?force=1&v=1",
                      .body = {},
                      .timeout = request_limit};
  const auto answer = co_await state_->http.exchange(std::move(request));
  if (!answer && answer.error().code != Errc::not_found) co_return std::unexpected(answer.error());
  co_return Result<void>{};
}

awaitable<Result<void>> Engine::events(std::string label, std::function<void()> subscribed,
                                       std::function<void(const ContainerEvent&)> event) {
  const std::string attempt = "follow the container engine's events";
  JsonLines lines;
  const auto message = [&](const Json::Value& value) -> Result<void> {
    if (const auto decoded = event_from_json(value)) event(*decoded);
    return {};
  };
  Json::Value filters(Json::objectValue);
  filters["type"].append("container");
  // dockerd sends its 200 OK before it subscribes us. What happens between the two comes because of
  // `since`.
  HttpRequest request{.attempt = attempt,
                      .method = "GET",
                      .target = state_->prefix + "/events?since=" + now_for_query() + "&" +
                                filter_query(std::move(filters), label),
                      .body = {},
                      .timeout = request_limit};
  HttpClient::Listener listener{
      .accepted = std::move(subscribed),
      .part = [&](std::string_view part) { return lines.feed(part, message); },
      .quiet = std::nullopt};
  const auto ended = co_await state_->http.stream(std::move(request), std::move(listener));
  if (!ended) co_return failure(ended.error().code, attempt, ended.error().cause);
  co_return failure(Errc::unreachable, attempt, "the engine ended the stream; it may be stopping");
}

awaitable<Result<int>> Engine::exec(std::string id, ExecSpec spec) {
  return run_exec(state_->http, state_->prefix, std::move(id), std::move(spec));
}

}  // namespace linkfab::containers
