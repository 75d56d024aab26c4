// The history over the API: changes, their undo, and snapshots.
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include "api/http_status.hpp"
#include "api/json_response.hpp"
#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "api/resources.hpp"
#include "fabric/difference.hpp"
#include "fabric/edit.hpp"
#include "fabric/history.hpp"
#include "fabric/json_text.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/lab_snapshot.hpp"
#include "fabric/named_state.hpp"
#include "fabric/running_lab.hpp"

namespace linkfab::api {

using boost::asio::awaitable;

namespace {

using Optional = std::optional<Json::Value>;
using ovsdb::get;
using ovsdb::Replica;

std::int64_t number_of(const std::string& text) {
  return fabric::change_word(text).value_or(-1);
}

Optional change_item(const Replica& replica, const std::string& number) {
  for (const auto& [uuid, row] : replica.rows("Change"))
    if (get(row, "number").integer() == number_of(number))
      if (const auto change = fabric::decode_change(row); change)
        return fabric::to_json(*change, true);
  return std::nullopt;
}

const ovsdb::Row* snapshot_row(const Replica& replica, const std::string& name) {
  for (const auto& [uuid, row] : replica.rows("Snapshot"))
    if (get(row, "name").string() == name) return &row;
  return nullptr;
}

Optional snapshot_item(const Replica& replica, const std::string& name) {
  const auto* row = snapshot_row(replica, name);
  if (row == nullptr) return std::nullopt;
  const auto snapshot = fabric::decode_snapshot(*row);
  auto json = fabric::to_json(snapshot);
  if (auto topology = fabric::parse_json(snapshot.topology); topology)
    json["topology"] = *std::move(topology);
  return json;
}

Result<fabric::Topology> named_state(const Replica& replica, const std::string& word) {
  std::vector<fabric::LabSnapshot> snapshots;
  for (const auto& [uuid, row] : replica.rows("Snapshot"))
    snapshots.push_back(fabric::decode_snapshot(row));
  return fabric::named_state(replica, snapshots, word);
}

Json::Value list(const char* key, Json::Value items) {
  Json::Value json(Json::objectValue);
  json[key] = std::move(items);
  return json;
}

}  // namespace

// What it answers with is the change that the undo is.
awaitable<HttpResponse> LabApi::State::undo(Call call) {
  const auto number = call.arguments[0];
  const auto author = author_of(call.request);
  auto made = std::make_shared<std::int64_t>(0);
  Change edit{
      .before = [this, number] { return change_item(client->replica(), number); },
      .after = [this, made] { return change_item(client->replica(), std::to_string(*made)); },
      .make = [=](const Replica& replica, bool) -> Result<ovsdb::Transaction> {
        std::set<std::string> scenarios;
        for (const auto& scenario : fabric::view_scenarios(replica))
          scenarios.insert(scenario.name);
        const auto wanted =
            fabric::undone(fabric::running_lab(replica).topology, scenarios,
                           fabric::decode_changes(replica.rows("Change")), number_of(number));
        if (!wanted) return std::unexpected(wanted.error());
        *made = fabric::newest_change(replica) + 1;
        return fabric::go_back(replica, *wanted, author, {.verb = "undo " + number});
      }};
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::keep_snapshot(Call call) {
  const auto name = call.arguments[0];
  const auto author = author_of(call.request);
  Change edit{
      .before = {},
      .after = [this, name] { return snapshot_item(client->replica(), name); },
      .make = [=](const Replica& replica, bool) -> Result<ovsdb::Transaction> {
        if (auto good = fabric::check_snapshot_name(name); !good)
          return std::unexpected(good.error());
        if (snapshot_row(replica, name) != nullptr)
          return failure(Errc::exists, "keep snapshot " + name, "the name is taken");
        if (!fabric::has_lab(replica))
          return failure(Errc::refused, "keep snapshot " + name, "there is no lab");
        auto kept = fabric::keep_snapshot(name, fabric::running_lab(replica).topology, author);
        fabric::close_change(kept, true);
        return kept;
      },
      .done = status::created,
      .location = "/api/v1/snapshots/" + boost::urls::encode(name, boost::urls::unreserved_chars)};
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::roll_back(Call call, bool to_snapshot) {
  const auto word = call.arguments[0];
  const auto author = author_of(call.request);
  if (!to_snapshot && !fabric::change_word(word))
    co_return problem(status::not_found, fmt::format("'{}' is no number of a change", word));
  Change edit{.before = {},
              .after = [this] { return Optional(fabric_resource(client->view(), options.about)); },
              .make = [=](const Replica& replica, bool) -> Result<ovsdb::Transaction> {
                auto wanted = named_state(replica, word);
                if (!wanted) return std::unexpected(wanted.error());
                return fabric::go_back(replica, {.topology = *std::move(wanted)}, author,
                                       {.verb = "rollback " + word});
              },
              .settled = [this] { return fabric::progress(client->view()).settled(); }};
  if (to_snapshot) edit.before = [this, word] { return snapshot_item(client->replica(), word); };
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::diff(Call call) {
  const auto from = call.query.find("from");
  if (from == call.query.end())
    co_return problem(
        status::bad_request,
        "from is missing: the number of a change, the name of a snapshot, or running");
  const auto to = call.query.find("to");
  if (auto connected = co_await client->connect(); !connected) co_return problem(connected.error());
  const auto before = named_state(client->replica(), from->second);
  if (!before) co_return problem(before.error());
  const auto after = named_state(
      client->replica(), to == call.query.end() ? std::string(fabric::running_word) : to->second);
  if (!after) co_return problem(after.error());
  co_return json_answer(call.request, json_text(fabric::to_json(difference(*before, *after))));
}

void LabApi::State::add_history() {
  add_read("/changes", [this](const Call&) -> Optional {
    Json::Value items(Json::arrayValue);
    for (const auto& change : fabric::decode_changes(client->replica().rows("Change")))
      items.append(fabric::to_json(change, false));
    return list("changes", std::move(items));
  });
  add_read("/changes/{change}",
           [this](const Call& call) { return change_item(client->replica(), call.arguments[0]); });
  add_read("/snapshots", [this](const Call&) -> Optional {
    std::vector<ovsdb::Row> rows;
    for (const auto& [uuid, row] : client->replica().rows("Snapshot")) rows.push_back(row);
    Json::Value items(Json::arrayValue);
    for (const auto& snapshot : fabric::decode_snapshots(rows))
      items.append(fabric::to_json(snapshot));
    return list("snapshots", std::move(items));
  });
  add_read("/snapshots/{snapshot}", [this](const Call& call) {
    return snapshot_item(client->replica(), call.arguments[0]);
  });
  const auto add = [this](const char* method, const char* pattern, auto member) {
    add_route({.method = method,
               .pattern = pattern,
               .query = {"wait", "timeout"},
               .answer = [this, member](Call call) { return (this->*member)(std::move(call)); }});
  };
  add("POST", "/api/v1/changes/{change}/undo", &State::undo);
  add("PUT", "/api/v1/snapshots/{snapshot}", &State::keep_snapshot);
  for (const auto& [pattern, to_snapshot] :
       {std::pair{"/api/v1/changes/{change}/rollback", false},
        std::pair{"/api/v1/snapshots/{snapshot}/rollback", true}})
    add_route({.method = "POST",
               .pattern = pattern,
               .query = {"wait", "timeout"},
               .answer = [this, to_snapshot = to_snapshot](Call call) {
                 return roll_back(std::move(call), to_snapshot);
               }});
  add_route({.method = "GET",
             .pattern = "/api/v1/diff",
             .query = {"from", "to"},
             .answer = [this](Call call) { return diff(std::move(call)); }});
  add_route({.method = "DELETE",
             .pattern = "/api/v1/snapshots/{snapshot}",
             .query = {"wait", "timeout"},
             .answer = [this](Call call) {
               const auto name = call.arguments[0];
               auto edit = removal([=, this] { return snapshot_item(client->replica(), name); },
                                   [=](const Replica&, bool) -> Result<ovsdb::Transaction> {
                                     auto gone = fabric::delete_snapshot(name);
                                     fabric::close_change(gone, true);
                                     return gone;
                                   });
               return change(std::move(call), std::move(edit));
             }});
}

}  // namespace linkfab::api
