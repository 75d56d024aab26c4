#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/container_state.hpp"

// One container driven to what is wanted, step by step.
namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using containers::Container;
using std::chrono::seconds;

constexpr int most_at_once = 4;
constexpr seconds stop_grace{2};

std::optional<Presence> presence_of(const Container& container) {
  if (container.pid == 0) return std::nullopt;
  const auto path = fmt::format("/proc/{}/ns/net", container.pid);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Presence{.netns = path, .inode = status.st_ino};
}

}  // namespace

void ContainerNodes::State::kick(const std::string& name) {
  auto& record = records[name];
  if (record.busy) {
    record.again = true;
    return;
  }
  if (!reachable) return;
  if (running >= most_at_once) {
    waiting.insert(name);
    return;
  }
  record.busy = true;
  ++running;
  asio::co_spawn(
      executor,
      [self = shared_from_this(), name]() -> awaitable<void> {
        co_await self->drive(name);
        --self->running;
        self->kick_waiting();
      },
      asio::detached);
}

void ContainerNodes::State::kick_waiting() {
  while (running < most_at_once && !waiting.empty()) {
    const auto name = waiting.extract(waiting.begin()).value();
    if (records.contains(name)) kick(name);
  }
}

void ContainerNodes::State::forget_if_done(const std::string& name) {
  const auto record = records.find(name);
  if (record != records.end() && !record->second.busy && !record->second.wanted &&
      !record->second.observed)
    records.erase(record);
}

awaitable<void> ContainerNodes::State::drive(std::string name) {
  for (;;) {
    auto& record = records[name];
    record.again = false;
    const bool external = record.wanted && record.wanted->kind == NodeKind::external;
    ContainerStep what = ContainerStep::none;
    Result<void> done;
    if (external) {
      done = co_await look_at_external(record);
    } else if (auto next = next_of(record, name)) {
      what = *next;
      if (what != ContainerStep::none) done = co_await step(record, name, what);
    } else {
      done = std::unexpected(next.error());
    }
    if (stopped) co_return;
    if (!done) {
      failed(record, name, done.error(), what);
      if (record.again) continue;
      record.busy = false;
      tell(name);
      retry_later(name);
      co_return;
    }
    if (what != ContainerStep::none || record.again) continue;
    arrived(record, name);
    co_return;
  }
}

Result<ContainerStep> ContainerNodes::State::next_of(const Record& record,
                                                     const std::string& name) const {
  std::string spec;
  if (record.wanted) {
    const auto made = container_spec(paths, name, *record.wanted);
    if (!made) return std::unexpected(made.error());
    spec = made->labels.at(spec_label);
  }
  return next_step({.wanted = record.wanted ? &*record.wanted : nullptr,
                    .wanted_spec = spec,
                    .observed = record.observed,
                    .start_allowed = record.start_allowed,
                    .restart_asked = record.restart_request > record.status.restart_done});
}

// Of an external node nothing is driven: what there is, is there.
awaitable<Result<void>> ContainerNodes::State::look_at_external(Record& record) {
  const auto container = record.wanted->options.find("container");
  if (container == record.wanted->options.end()) co_return Result<void>{};
  auto seen = co_await engine.inspect(container->second);
  if (!seen) {
    record.observed.reset();
    record.presence.reset();
    co_return std::unexpected(seen.error());
  }
  saw(record, *seen);
  co_return Result<void>{};
}

void ContainerNodes::State::failed(Record& record, const std::string& name, const Error& error,
                                   ContainerStep what) {
  record.status.state = NodeStatus::State::error;
  record.status.error = format(error);
  record.status.progress.clear();
  record.start_allowed = record.start_allowed || what == ContainerStep::create;
  log::repeated("node=" + name, record.status.error);
}

// Nothing more is to be done: the node is what is seen of it.
void ContainerNodes::State::arrived(Record& record, const std::string& name) {
  log::ended("node=" + name);
  backoff.clear(name);
  if (!record.wanted && record.observed && !record.observed->labels.contains(instance_label))
    record.observed.reset();
  if (record.observed) {
    const auto restart_done = record.status.restart_done;
    record.status = container_status(*record.observed);
    record.status.restart_done = restart_done;
    if (record.wanted && record.wanted->state == NodeState::stopped) record.status.error.clear();
  } else if (record.wanted) {
    record.status.state = NodeStatus::State::stopped;
    record.status.error.clear();
  }
  record.start_allowed = false;
  record.busy = false;
  tell(name);
  forget_if_done(name);
}

// A failure that time may mend is tried again; one of the input only when the input changes.
void ContainerNodes::State::retry_later(const std::string& name) {
  backoff.fail(name, Clock::now());
  asio::co_spawn(
      executor,
      [self = shared_from_this(), name]() -> awaitable<void> {
        asio::steady_timer timer(self->executor);
        while (self->backoff.holds(name, Clock::now())) {
          timer.expires_after(milliseconds{100});
          boost::system::error_code ignored;
          co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        if (!self->stopped && self->records.contains(name)) self->kick(name);
      },
      asio::detached);
}

awaitable<Result<void>> ContainerNodes::State::step(Record& record, const std::string& name,
                                                    ContainerStep what) {
  const std::string id = record.observed ? record.observed->id : std::string{};
  record.status.state = NodeStatus::State::starting;
  Result<void> done;
  switch (what) {
    case ContainerStep::none:
      co_return done;
    case ContainerStep::create:
      co_return co_await create(record, name);
    case ContainerStep::start:
      done = co_await engine.start(id);
      break;
    case ContainerStep::stop:
      done = co_await engine.stop(id, stop_grace);
      break;
    case ContainerStep::pause:
      done = co_await engine.pause(id);
      break;
    case ContainerStep::unpause:
      done = co_await engine.unpause(id);
      break;
    case ContainerStep::restart:
      done = co_await engine.restart(id, stop_grace);
      if (done) record.status.restart_done = record.restart_request;
      break;
    case ContainerStep::remove:
      record.presence.reset();
      done = co_await engine.remove(id);
      if (done) record.observed.reset();
      co_return done;
  }
  if (!done) co_return done;
  if (what == ContainerStep::start) record.status.restart_done = record.restart_request;
  auto seen = co_await engine.inspect(id);
  if (!seen) co_return std::unexpected(seen.error());
  saw(record, *seen);
  co_return Result<void>{};
}

awaitable<Result<void>> ContainerNodes::State::create(Record& record, const std::string& name) {
  const Node node = *record.wanted;
  auto spec = container_spec(paths, name, node);
  if (!spec) co_return std::unexpected(spec.error());
  auto image = co_await engine.image(node.image);
  if (!image && image.error().code == Errc::not_found) {
    record.status.progress = "pulling " + node.image;
    tell(name);
    const std::function<void(const std::string&)> progress = [&](const std::string& line) {
      record.status.progress = fmt::format("pulling {}: {}", node.image, line);
      tell(name);
    };
    auto pulled = co_await engine.pull(node.image, progress);
    if (!pulled) {
      Error error = pulled.error();
      error.cause += "; the image is not here either, `docker load` or `docker import` makes it so";
      co_return std::unexpected(error);
    }
    image = co_await engine.image(node.image);
  }
  if (!image) co_return std::unexpected(image.error());
  record.status.progress.clear();
  auto id = co_await engine.create(complete_spec(std::move(*spec), node, *image));
  if (!id) co_return std::unexpected(id.error());
  record.start_allowed = true;
  auto seen = co_await engine.inspect(*id);
  if (!seen) co_return std::unexpected(seen.error());
  saw(record, *seen);
  co_return Result<void>{};
}

void ContainerNodes::State::saw(Record& record, const Container& container) {
  const bool ran = record.presence.has_value();
  record.observed = container;
  record.presence = presence_of(container);
  if (record.presence) record.ended.reset();
  if (ran && !record.presence) record.ended = Clock::now();
}

}  // namespace linkfab::fabric
