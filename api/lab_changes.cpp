// What the API changes: every POST, PUT, PATCH and DELETE.
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include "api/http_status.hpp"
#include "api/json_response.hpp"
#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "core/units.hpp"
#include "fabric/edit.hpp"
#include "fabric/hosts.hpp"
#include "fabric/lab_change.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/link_json.hpp"
#include "fabric/running_lab.hpp"
#include "fabric/topology_file.hpp"

namespace linkfab::api {

using boost::asio::awaitable;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// How long to wait for the agent; nullopt: the query is wrong.
std::optional<milliseconds> patience(const Query& query) {
  constexpr auto longest = 10min;
  if (const auto wait = query.find("wait"); wait != query.end()) {
    const auto wanted = parse_bool(wait->second);
    if (!wanted) return std::nullopt;
    if (!*wanted) return 0ms;
  }
  const auto timeout = query.find("timeout");
  if (timeout == query.end()) return 60s;
  const auto limit = parse_duration(timeout->second);
  if (!limit || *limit > longest) return std::nullopt;
  return std::chrono::ceil<milliseconds>(*limit);
}

std::string text_of(const std::optional<Json::Value>& json) {
  return json ? json_text(*json) : "";
}

HttpResponse answer_of(const std::optional<Json::Value>& json, unsigned status) {
  if (json) return json_response(*json, status);
  return {.status = status == 200 ? status::no_content : status, .content_type = "", .allow = ""};
}

// Is there anything in the request's If-Match that does not name this text?
bool is_stale(const HttpRequest& request, const std::string& text) {
  const auto given = request.headers.find("if-match");
  return given != request.headers.end() && !names_tag(given->second, entity_tag(text));
}

// What is named in a body and missing is no missing resource.
Result<ovsdb::Transaction> of_body(Result<ovsdb::Transaction> made) {
  if (!made && made.error().code == Errc::not_found) made.error().code = Errc::invalid;
  return made;
}

}  // namespace

std::unexpected<Error> refused_already() {
  return failure(Errc::invalid, "", "");
}

fabric::Author author_of(const HttpRequest& request) {
  return {.user = request.user ? fabric::user_name(*request.user) : "token",
          .uid = request.user,
          .how = request.method + " " + request.path,
          .time = std::chrono::system_clock::now()};
}

awaitable<HttpResponse> LabApi::State::change(Call call, Change change) {
  const auto limit = patience(call.query);
  if (!limit)
    co_return problem(status::bad_request,
                      "wait is true or false, timeout a time of 10 minutes at most, such as 5s");
  if (auto connected = co_await client->connect(); !connected) co_return problem(connected.error());
  if (change.before && !change.before())
    co_return problem(status::not_found, fmt::format("there is no '{}'", call.arguments.front()));
  std::optional<HttpResponse> refused;
  const bool conditional = call.request.headers.contains("if-match");
  auto number =
      co_await client->commit([&](const ovsdb::Replica& replica) -> Result<ovsdb::Transaction> {
        if (change.before && is_stale(call.request, text_of(change.before()))) {
          refused = problem(status::stale, "it is not any more what If-Match names");
          return refused_already();
        }
        return change.make(replica, conditional);
      });
  if (refused) co_return std::move(*refused);
  if (!number) {
    if (change.refused)
      if (auto its = change.refused(); its) co_return std::move(*its);
    co_return problem(number.error());
  }
  if (*number) {
    const auto end = std::chrono::steady_clock::now() + *limit;
    bool done = *limit > 0ms && co_await client->dealt_with(**number, *limit);
    while (done && change.settled && !change.settled()) {
      const auto known = client->version();
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      done = left > 0ms;
      if (done) (void)co_await client->changed(known, left);
    }
    if (!done) co_return answer_of(change.after(), status::accepted);
  }
  auto answer = answer_of(change.after(), change.done);
  if (!change.location.empty()) answer.headers.emplace_back("Location", change.location);
  co_return answer;
}

awaitable<HttpResponse> LabApi::State::change_link(Call call) {
  auto name = std::make_shared<std::string>(call.arguments[0]);
  auto findings = std::make_shared<fabric::Findings>();
  auto body = std::make_shared<std::string>(call.request.body);
  const auto before = call.arguments[0];
  const auto author = author_of(call.request);
  Change edit{.before = [this, before] { return link_item(before, false); },
              .after = [this, name] { return link_item(*name, false); },
              .make = [=](const ovsdb::Replica& replica, bool alone) -> Result<ovsdb::Transaction> {
                const auto link = fabric::find_link(replica, before);
                if (!link) return std::unexpected(link.error());
                const auto wanted = fabric::changed_link(*body, *link);
                if (!wanted) {
                  *findings = wanted.error();
                  return refused_already();
                }
                *name = fabric::name_after(before, *link, *wanted);
                return of_body(fabric::change_link(replica, before, *wanted, author, alone));
              },
              .refused = [findings, body]() -> std::optional<HttpResponse> {
                return findings->empty() ? std::nullopt : std::optional(problem(*findings, *body));
              }};
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::change_segment(Call call) {
  auto findings = std::make_shared<fabric::Findings>();
  auto body = std::make_shared<std::string>(call.request.body);
  const auto name = call.arguments[0];
  const auto author = author_of(call.request);
  const auto look = [this, name] { return link_item(name, true); };
  Change edit{.before = look,
              .after = look,
              .make = [=](const ovsdb::Replica& replica, bool alone) -> Result<ovsdb::Transaction> {
                auto segment = fabric::find_segment(replica, name);
                if (!segment) return std::unexpected(segment.error());
                const auto wanted = fabric::changed_segment(*body, std::move(*segment));
                if (wanted) return fabric::change_segment(replica, name, *wanted, author, alone);
                *findings = wanted.error();
                return refused_already();
              },
              .refused = [findings, body]() -> std::optional<HttpResponse> {
                return findings->empty() ? std::nullopt : std::optional(problem(*findings, *body));
              }};
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::change_node(Call call) {
  constexpr std::array<std::string_view, 5> actions{"start", "stop", "suspend", "resume",
                                                    "restart"};  // of NodeAction
  const auto found = std::ranges::find(actions, call.arguments[1]);
  if (found == actions.end())
    co_return problem(status::not_found,
                      "a node can be started, stopped, suspended, resumed, restarted");
  const auto action = static_cast<fabric::NodeAction>(found - actions.begin());
  const auto name = call.arguments[0];
  const auto author = author_of(call.request);
  const auto look = [this, name] { return node_item(name); };
  Change edit{
      .before = look,
      .after = look,
      .make = [=](const ovsdb::Replica& replica,
                  bool alone) { return fabric::change_node(replica, name, action, author, alone); },
      .settled =
          [this, name] {
            const auto* node = find_node(client->view(), name);
            return node == nullptr || node->state == "error" ||
                   (node->state == node->wanted && !node->restart_due);
          }};
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::connect(Call call) {
  const auto made = fabric::new_link(call.request.body);
  if (!made) co_return problem(made.error(), call.request.body);
  Change edit{
      .before = {},
      .after = [this, name = made->name] { return link_item(name, false); },
      .make = [link = *made, author = author_of(call.request)](
                  const ovsdb::Replica& replica,
                  bool) { return of_body(add_link(replica, link.name, link.link, author)); },
      .done = status::created,
      .location =
          "/api/v1/links/" + boost::urls::encode(made->name, boost::urls::unreserved_chars)};
  co_return co_await change(std::move(call), std::move(edit));
}

LabApi::State::Change LabApi::State::removal(decltype(Change::before) before,
                                             decltype(Change::make) make) {
  return {.before = std::move(before),
          .after = [] { return std::optional<Json::Value>{}; },
          .make = std::move(make),
          .done = status::no_content};
}

awaitable<HttpResponse> LabApi::State::disconnect(Call call) {
  const auto name = call.arguments[0];
  const auto author = author_of(call.request);
  auto edit = removal([this, name] { return link_item(name, false); },
                      [=](const ovsdb::Replica& replica, bool alone) {
                        return fabric::remove_link(replica, name, author, alone);
                      });
  co_return co_await change(std::move(call), std::move(edit));
}

// The file that a body stands for: its name is the lab's where it says none.
awaitable<HttpResponse> LabApi::State::plan(Call call) {
  if (auto connected = co_await client->connect(); !connected) co_return problem(connected.error());
  const auto have = fabric::running_lab(client->replica()).topology;
  const auto wanted = fabric::parse_topology(
      call.request.body, fmt::format("/{}.json", have.name.empty() ? "lab" : have.name));
  if (!wanted) co_return problem(wanted.error(), call.request.body);
  co_return json_answer(call.request, json_text(fabric::to_json(difference(have, *wanted))));
}

awaitable<HttpResponse> LabApi::State::put_topology(Call call) {
  bool replace = false;
  if (const auto given = call.query.find("replace"); given != call.query.end()) {
    const auto parsed = parse_bool(given->second);
    if (!parsed) co_return problem(status::bad_request, "replace is true or false");
    replace = *parsed;
  }
  if (auto connected = co_await client->connect(); !connected) co_return problem(connected.error());
  const auto lab = client->view().name;
  const auto wanted =
      fabric::parse_topology(call.request.body, fmt::format("/{}.json", lab.empty() ? "lab" : lab));
  if (!wanted) co_return problem(wanted.error(), call.request.body);
  if (call.request.headers.contains("if-match") &&
      is_stale(call.request, write_topology(fabric::running_lab(client->replica()).topology)))
    co_return problem(status::stale, "the lab is not any more what If-Match names");
  call.request.headers.erase("if-match");  // converge() itself bears no other change meanwhile
  Change edit{
      .before = {},
      .after = [this] { return std::optional(fabric_resource(client->view(), options.about)); },
      .make = [this, replace, wanted = *wanted, author = author_of(call.request)](
                  const ovsdb::Replica& replica, bool) -> Result<ovsdb::Transaction> {
        const auto& running = client->view().name;
        if (!replace && !running.empty() && running != wanted.name && fabric::has_lab(replica))
          return failure(
              Errc::conflict, "start lab " + wanted.name,
              fmt::format("lab {} is running; ?replace=true puts this one in its place", running));
        auto converged = fabric::converge(replica, wanted);
        if (!converged) return converged;
        if (converged->empty()) {
          if (fabric::is_shared(replica)) return fabric::change_nothing(replica);
        } else {
          const fabric::Touched touched{.before = fabric::running_lab(replica).topology,
                                        .after = wanted,
                                        .restarted = {},
                                        .played = {},
                                        .stopped = {}};
          record(*converged, replica, author, {.verb = "up " + wanted.name}, touched);
        }
        return converged;
      },
      .settled = [this] { return fabric::progress(client->view()).settled(); }};
  co_return co_await change(std::move(call), std::move(edit));
}

void LabApi::State::add_changes() {
  const auto add = [this](std::string method, std::string pattern, Route::Body body, auto member) {
    std::vector<std::string> query{"wait", "timeout"};
    if (method == "PUT") query.emplace_back("replace");
    if (pattern == "/plan") query.clear();  // nothing is waited for
    add_route({.method = std::move(method),
               .pattern = "/api/v1" + std::move(pattern),
               .query = std::move(query),
               .answer = [this, member](Call call) { return (this->*member)(std::move(call)); },
               .body = body});
  };
  constexpr auto needed = Route::Body::needed;
  add("POST", "/nodes/{node}/{action}", Route::Body::none, &State::change_node);
  add("POST", "/links", needed, &State::connect);
  add("PATCH", "/links/{link}", needed, &State::change_link);
  add("PATCH", "/segments/{segment}", needed, &State::change_segment);
  add("PUT", "/topology", needed, &State::put_topology);
  add("POST", "/plan", needed, &State::plan);
  add_route({.method = "DELETE",
             .pattern = "/api/v1/links/{link}",
             .query = {"wait", "timeout"},
             .answer = [this](Call call) { return disconnect(std::move(call)); }});
}

}  // namespace linkfab::api
