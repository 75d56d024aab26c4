#include "api/events.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "api/json_response.hpp"
#include "fabric/change_log.hpp"
#include "fabric/lab_json.hpp"

namespace linkfab::api {

namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto gathering = 50ms;  // so long a burst of changes is taken together
constexpr auto heartbeat = 15s;
constexpr std::size_t most_waiting = 20000;  // events of one listener

// What listeners have been told of.
struct Told {
  std::vector<fabric::NodeView> nodes;
  std::vector<fabric::LinkView> links;
  std::vector<fabric::ScenarioView> scenarios;
  std::string fabric;
  std::int64_t change = 0;  // the newest
};

// The event's kind and the object's name.
using Subject = std::pair<std::string, std::string>;

// Calls changed(name, now or nullptr) where two lists by name differ.
template <class View, class Changed>
void compare(const std::vector<View>& before, const std::vector<View>& now, Changed changed) {
  const View* const gone = nullptr;
  auto old = before.begin();
  for (const auto& view : now) {
    for (; old != before.end() && old->name < view.name; ++old) changed(*old, gone);
    const bool known = old != before.end() && old->name == view.name;
    if (!known || *old != view) changed(view, &view);
    if (known) ++old;
  }
  for (; old != before.end(); ++old) changed(*old, gone);
}

std::string event_text(const std::string& event, const std::string& name, Json::Value data) {
  Json::Value json(Json::objectValue);
  json["event"] = event;
  json["name"] = name.empty() ? Json::Value() : Json::Value(name);
  json["data"] = std::move(data);
  auto text = json_text(json);
  text.pop_back();  // the line's end
  return text;
}

std::string frame(Events::Framing framing, const std::string& event, const std::string& text) {
  if (framing == Events::Framing::messages) return text;
  return fmt::format("event: {}\ndata: {}\n\n", event, text);
}

struct Listener {
  explicit Listener(const asio::any_io_executor& executor) : woken(executor) {}
  std::map<Subject, std::string> waiting;
  asio::steady_timer woken;

  void add(Subject subject, std::string text) {
    waiting[std::move(subject)] = std::move(text);
    if (waiting.size() > most_waiting) reset();
    woken.cancel();
  }
  void reset() {
    waiting.clear();
    waiting[{"reset", ""}] = event_text("reset", "", Json::Value(Json::objectValue));
    woken.cancel();
  }
};

}  // namespace

struct Events::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor its_executor, std::shared_ptr<fabric::LabClient> its_client,
        About its_about)
      : executor(std::move(its_executor)),
        client(std::move(its_client)),
        about(std::move(its_about)) {}

  awaitable<void> follow();
  awaitable<void> serve(Framing framing, std::optional<Statistics> statistics, HttpSink& sink);
  [[nodiscard]] Told look() const;
  void tell(const Told& before, const Told& now);
  void add(const std::string& event, const std::string& name, const Json::Value& data);

  asio::any_io_executor executor;
  std::shared_ptr<fabric::LabClient> client;
  About about;
  std::set<Listener*> listeners;
  bool following = false;
  bool closed = false;
};

Told Events::State::look() const {
  const auto& lab = client->view();
  return {.nodes = lab.nodes,
          .links = lab.links,
          .scenarios = fabric::view_scenarios(client->replica()),
          .fabric = json_text(fabric_resource(lab, about)),
          .change = fabric::newest_change(client->replica())};
}

void Events::State::add(const std::string& event, const std::string& name,
                        const Json::Value& data) {
  const auto text = event_text(event, name, data);
  for (auto* listener : listeners) listener->add({event, name}, text);
}

void Events::State::tell(const Told& before, const Told& now) {
  compare(before.nodes, now.nodes, [&](const auto& node, const auto* after) {
    add("node", node.name, after == nullptr ? Json::Value() : fabric::to_json(*after));
  });
  compare(before.links, now.links, [&](const auto& link, const auto* after) {
    add(is_link(link) ? "link" : "segment", link.name,
        after == nullptr ? Json::Value() : link_resource(*after, client->replica()));
  });
  compare(before.scenarios, now.scenarios, [&](const auto& scenario, const auto* after) {
    add("scenario", scenario.name, after == nullptr ? Json::Value() : fabric::to_json(*after));
  });
  if (before.fabric != now.fabric) add("fabric", "", fabric_resource(client->view(), about));
  if (before.change == now.change) return;
  for (const auto& [uuid, row] : client->replica().rows("Change"))
    if (const auto number = ovsdb::get(row, "number").integer(); number > before.change)
      if (const auto change = fabric::decode_change(row); change)
        add("change", std::to_string(number), fabric::to_json(*change, false));
}

// As long as anybody listens.
awaitable<void> Events::State::follow() {
  const auto self = shared_from_this();
  following = true;
  auto told = look();
  auto known = client->version();
  bool connected = client->connected();
  while (!closed && !listeners.empty()) {
    if (!co_await client->changed(known, heartbeat)) continue;
    asio::steady_timer pause(executor, gathering);
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    known = client->version();
    if (!client->connected()) {
      connected = false;
      continue;
    }
    auto now = look();
    if (!std::exchange(connected, true))
      for (auto* listener : listeners) listener->reset();
    else
      tell(told, now);
    told = std::move(now);
  }
  following = false;
}

awaitable<void> Events::State::serve(Framing framing, std::optional<Statistics> statistics,
                                     HttpSink& sink) {
  const auto self = shared_from_this();
  Listener listener(executor);
  listeners.insert(&listener);
  if (!following) asio::co_spawn(executor, follow(), asio::detached);
  Json::Value hello(Json::objectValue);
  hello["version"] = about.version;
  bool taken = co_await sink.send(frame(framing, "hello", event_text("hello", "", hello)));
  auto due = Clock::now();
  auto beat = Clock::now() + heartbeat;
  while (taken && !closed) {
    if (listener.waiting.empty()) {
      listener.woken.expires_at(statistics ? std::min(due, beat) : beat);
      boost::system::error_code ignored;
      co_await listener.woken.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    auto waiting = std::exchange(listener.waiting, {});
    std::string text;
    for (const auto& [subject, event] : waiting) {
      text += frame(framing, subject.first, event);
      if (framing == Framing::messages && taken)
        taken = co_await sink.send(std::exchange(text, {}));
    }
    if (!text.empty() && taken) taken = co_await sink.send(std::move(text));
    if (!waiting.empty()) beat = Clock::now() + heartbeat;
    const auto now = Clock::now();
    if (taken && statistics && now >= due) {
      if (auto read = statistics->source(); read)
        taken = co_await sink.send(
            frame(framing, "statistics", event_text("statistics", "", std::move(*read))));
      due = std::max(due + statistics->interval, Clock::now());
      beat = Clock::now() + heartbeat;
    }
    if (taken && now >= beat) {
      if (framing == Framing::server_sent) taken = co_await sink.send(":\n\n");
      beat = Clock::now() + heartbeat;
    }
  }
  listeners.erase(&listener);
}

Events::Events(asio::any_io_executor executor, std::shared_ptr<fabric::LabClient> client,
               About about)
    : state_(std::make_shared<State>(std::move(executor), std::move(client), std::move(about))) {}

// Only the reactor's own failure makes a timer's cancel() throw.
Events::~Events() {  // NOLINT(bugprone-exception-escape)
  state_->closed = true;
  for (auto* listener : state_->listeners) listener->woken.cancel();
}

HttpStream Events::listen(Framing framing, std::optional<Statistics> statistics) {
  return [state = state_, framing,
          statistics = std::move(statistics)](HttpSink& sink) -> awaitable<void> {
    co_await state->serve(framing, statistics, sink);
  };
}

}  // namespace linkfab::api
