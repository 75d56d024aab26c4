#include "fabric/container_nodes.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/container_state.hpp"

namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using containers::Container;
using std::chrono::seconds;

// An engine that is told to end gives its containers 15 s before it goes.
constexpr seconds engine_farewell{30};

}  // namespace

awaitable<void> ContainerNodes::State::look(std::string name, std::string id) {
  auto seen = co_await engine.inspect(id);
  const auto found = records.find(name);
  if (stopped || found == records.end()) co_return;
  if (found->second.busy) {
    found->second.again = true;
    co_return;
  }
  if (seen) {
    saw(found->second, *seen);
  } else if (seen.error().code == Errc::not_found) {
    found->second.observed.reset();
    found->second.presence.reset();
  }
  kick(name);
}

std::optional<std::string> ContainerNodes::State::node_of(
    const containers::ContainerEvent& event) const {
  const auto owner = event.attributes.find(instance_label);
  const auto node = event.attributes.find(node_label);
  if (owner != event.attributes.end() && owner->second == paths.instance &&
      node != event.attributes.end())
    return node->second;
  for (const auto& [name, record] : records) {
    if (!record.wanted || record.wanted->kind != NodeKind::external) continue;
    const auto container = record.wanted->options.find("container");
    if (container != record.wanted->options.end() &&
        (container->second == event.name || event.id.starts_with(container->second)))
      return name;
  }
  return std::nullopt;
}

void ContainerNodes::State::on_event(const containers::ContainerEvent& event) {
  if (event.action.starts_with("exec_")) return;
  const auto name = node_of(event);
  if (!name || !records.contains(*name)) return;
  asio::co_spawn(
      executor,
      [self = shared_from_this(), name = *name, id = event.id]() { return self->look(name, id); },
      asio::detached);
}

awaitable<Result<void>> ContainerNodes::State::observe_all() {
  auto found = co_await engine.list(fmt::format("{}={}", instance_label, paths.instance));
  if (!found) co_return std::unexpected(found.error());
  std::map<std::string, Container> there;
  for (const auto& listed : *found) {
    const auto node = listed.labels.find(node_label);
    if (node == listed.labels.end()) continue;
    auto container = co_await engine.inspect(listed.id);
    if (container) there[node->second] = std::move(*container);
  }
  for (const auto& [name, container] : there) saw(records[name], container);
  for (auto& [name, record] : records) {
    if (there.contains(name) || record.busy) continue;
    if (record.wanted && record.wanted->kind == NodeKind::external) continue;
    record.observed.reset();
    record.presence.reset();
  }
  co_return Result<void>{};
}

void ContainerNodes::State::reached() {
  known = tried = reachable = true;
  engine_error.clear();
  std::set<std::string> all;
  for (const auto& [name, record] : records) all.insert(name);
  for (const auto& name : all) kick(name);
  tell({});
}

// An engine that leaves may take its containers along, as it goes or when it comes back; those that
// ended of themselves before stay ended.
bool ContainerNodes::State::ended_by_engine(const Record& record) {
  if (record.ended) return Clock::now() < *record.ended + engine_farewell;
  return record.presence.has_value();
}

// What runs goes on without the engine; what is not there yet cannot come.
void ContainerNodes::State::lost() {
  reachable = false;
  tried = true;
  for (auto& [name, record] : records) {
    if (ended_by_engine(record)) record.start_allowed = true;
    if (!record.wanted || record.busy) continue;
    record.status.error = engine_error;
    if (!record.observed) record.status.state = NodeStatus::State::error;
    tell(name);
  }
  tell({});
}

awaitable<void> ContainerNodes::State::follow() {
  asio::steady_timer timer(executor);
  while (!stopped) {
    auto info = co_await engine.connect();
    if (info) {
      log::info(
          fmt::format("containers: {} {} (API {})", info->name, info->version, info->api_version));
      // Named, not passed as temporaries: GCC 12 destroys those of a co_await expression twice.
      const std::function<void()> subscribed = [self = shared_from_this()] {
        asio::co_spawn(
            self->executor,
            [self]() -> awaitable<void> {
              if (co_await self->observe_all()) self->reached();
            },
            asio::detached);
      };
      const std::function<void(const containers::ContainerEvent&)> on_its_event =
          [self = shared_from_this()](const auto& event) { self->on_event(event); };
      auto ended = co_await engine.events({}, subscribed, on_its_event);
      engine_error = ended ? "the engine ended the connection" : format(ended.error());
    } else {
      engine_error = format(info.error());
    }
    if (stopped) co_return;
    lost();
    timer.expires_after(seconds{1});
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

ContainerNodes::ContainerNodes(asio::any_io_executor executor, Paths paths, std::string socket)
    : state_(std::make_shared<State>(std::move(executor), std::move(paths), socket)) {}

ContainerNodes::~ContainerNodes() {
  state_->stopped = true;
  state_->changed = nullptr;
}

void ContainerNodes::on_changed(std::function<void(const std::string&)> callback) {
  state_->changed = std::move(callback);
}

void ContainerNodes::start() {
  asio::co_spawn(state_->executor, [state = state_]() { return state->follow(); }, asio::detached);
}

bool ContainerNodes::known() const {
  return state_->known;
}

void ContainerNodes::want(const std::string& name, const Node* node, std::int64_t restart_request,
                          std::int64_t restart_done, bool first) {
  const auto found = state_->records.find(name);
  if (node == nullptr && found == state_->records.end()) return;
  auto& record = state_->records[name];
  const std::optional<Node> wanted = node == nullptr ? std::nullopt : std::optional(*node);
  record.status.restart_done = std::max(record.status.restart_done, restart_done);
  const bool same = record.wanted == wanted && record.restart_request == restart_request;
  // Stopped before and to run now: whatever ended it, it is asked for.
  const bool anew = record.wanted && wanted && record.wanted->state == NodeState::stopped &&
                    wanted->state != NodeState::stopped;
  if (first || anew) record.start_allowed = true;
  record.wanted = wanted;
  record.restart_request = restart_request;
  if (same) return;
  if (!state_->reachable && state_->tried && wanted) {
    record.status.state = NodeStatus::State::error;
    record.status.error = state_->engine_error;
    return;
  }
  state_->backoff.clear(name);
  state_->kick(name);
}

const NodeStatus* ContainerNodes::status(const std::string& name) const {
  const auto found = state_->records.find(name);
  return found == state_->records.end() ? nullptr : &found->second.status;
}

const Presence* ContainerNodes::presence(const std::string& name) const {
  const auto found = state_->records.find(name);
  return found == state_->records.end() || !found->second.presence ? nullptr
                                                                   : &*found->second.presence;
}

std::set<std::string> ContainerNodes::names() const {
  std::set<std::string> names;
  for (const auto& [name, record] : state_->records) names.insert(name);
  return names;
}

bool ContainerNodes::idle_and_empty() const {
  return state_->running == 0 && std::ranges::none_of(state_->records, [](const auto& item) {
           return item.second.observed.has_value();
         });
}

const std::string& ContainerNodes::engine_error() const {
  return state_->engine_error;
}

}  // namespace linkfab::fabric
