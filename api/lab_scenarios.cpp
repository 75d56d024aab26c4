// Scenarios over the API: shown, begun and ended.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include "api/http_status.hpp"
#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "fabric/finding.hpp"
#include "fabric/known_links.hpp"
#include "fabric/lab_change.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/scenario_file.hpp"
#include "fabric/scenario_options.hpp"

namespace linkfab::api {

using boost::asio::awaitable;

namespace {

constexpr const char* body_name = "the request's body";

// A scenario as it came: the text is the body's, and no file is ever opened.
struct Sent {
  std::string text;
  fabric::ScenarioFormat format = fabric::ScenarioFormat::json;
  fabric::ScenarioText read;
};

fabric::ScenarioFormat format_of(const HttpRequest& request) {
  const auto type = media_type(request);
  return type == "text/csv"     ? fabric::ScenarioFormat::csv
         : type == "text/plain" ? fabric::ScenarioFormat::mahimahi
                                : fabric::ScenarioFormat::json;
}

HttpResponse wrong_body(const std::vector<fabric::Finding>& findings, const Sent& sent) {
  return sent.format == fabric::ScenarioFormat::json ? problem(findings, sent.text)
                                                     : problem(findings, status::unprocessable);
}

std::string text_in(const Query& query, const char* name) {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

// What the query says of the scenario; an error names the parameter.
Result<fabric::ScenarioDefaults> read_query(const Query& query, fabric::ScenarioOptions& options) {
  const auto wrong = [](const char* name, const std::string& text, const Error& error) {
    return failure(Errc::invalid, fmt::format("{} '{}'", name, text), error.cause);
  };
  for (const char* name : {"loop", "speed", "seed", "at_end"})
    if (const auto given = query.find(name); given != query.end())
      if (auto good = set_option(options, name, given->second); !good)
        return wrong(name, given->second, good.error());
  fabric::ScenarioDefaults defaults{.name = {},
                                    .link = text_in(query, "link"),
                                    .from = text_in(query, "from"),
                                    .to = text_in(query, "to")};
  if (defaults.link.empty() && !(defaults.from.empty() && defaults.to.empty()))
    return failure(Errc::invalid, "from and to", "they are of link, which is missing");
  if (const auto given = query.find("bin"); given != query.end()) {
    const auto bin = fabric::parse_bin(given->second);
    if (!bin) return wrong("bin", given->second, bin.error());
    defaults.bin = *bin;
  }
  return defaults;
}

}  // namespace

std::optional<Json::Value> LabApi::State::scenario_item(const std::string& name) const {
  for (const auto& scenario : fabric::view_scenarios(client->replica()))
    if (scenario.name == name) return fabric::to_json(scenario);
  return std::nullopt;
}

awaitable<HttpResponse> LabApi::State::play(Call call) {
  const auto name = call.arguments[0];
  fabric::ScenarioOptions options;
  if (auto good = set_option(options, "name", name); !good)
    co_return problem(status::unprocessable, good.error().cause);
  const auto defaults = read_query(call.query, options);
  if (!defaults) co_return problem(status::bad_request, format(defaults.error()));
  auto sent = std::make_shared<Sent>();
  sent->text = call.request.body;
  sent->format = format_of(call.request);
  auto read = fabric::parse_scenario(sent->text, body_name, sent->format, *defaults);
  if (!read) co_return wrong_body(read.error(), *sent);
  sent->read = *std::move(read);
  apply(options, sent->read.scenario);
  auto findings = std::make_shared<std::vector<fabric::Finding>>();
  const auto author = author_of(call.request);
  Change edit{
      .before = {},
      .after = [this, name] { return scenario_item(name); },
      .make = [=, this](const ovsdb::Replica& replica, bool) -> Result<ovsdb::Transaction> {
        fabric::KnownLinks links(client->view(), replica);
        const auto find = [&](const std::string& link) { return links.find(link); };
        const auto scenario = fabric::resolve(sent->read, sent->text, body_name, find);
        if (scenario) return fabric::play(replica, *scenario, author);
        *findings = scenario.error();
        return refused_already();
      },
      .settled =
          [this, name] {
            const auto scenario = scenario_item(name);
            return !scenario || (*scenario)["state"] != "pending";
          },
      .done = status::created,
      .location = "/api/v1/scenarios/" + boost::urls::encode(name, boost::urls::unreserved_chars),
      .refused = [findings, sent]() -> std::optional<HttpResponse> {
        return findings->empty() ? std::nullopt : std::optional(wrong_body(*findings, *sent));
      }};
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::stop_scenario(Call call) {
  const auto name = call.arguments[0];
  const auto author = author_of(call.request);
  auto edit = removal([this, name] { return scenario_item(name); },
                      [=](const ovsdb::Replica& replica, bool alone) {
                        return fabric::remove_scenario(replica, name, author, alone);
                      });
  co_return co_await change(std::move(call), std::move(edit));
}

void LabApi::State::add_scenarios() {
  constexpr const char* pattern = "/api/v1/scenarios/{scenario}";
  add_read("/scenarios", [this](const Call&) -> std::optional<Json::Value> {
    Json::Value json(Json::objectValue);
    json["scenarios"] = Json::Value(Json::arrayValue);
    for (const auto& scenario : fabric::view_scenarios(client->replica()))
      json["scenarios"].append(fabric::to_json(scenario));
    return json;
  });
  add_read("/scenarios/{scenario}",
           [this](const Call& call) { return scenario_item(call.arguments[0]); });
  add_route(
      {.method = "PUT",
       .pattern = pattern,
       .query = {"link", "from", "to", "loop", "speed", "seed", "at_end", "bin", "wait", "timeout"},
       .answer = [this](Call call) { return play(std::move(call)); },
       .body = Route::Body::needed,
       .other_types = {"text/csv", "text/plain"}});
  add_route({.method = "DELETE",
             .pattern = pattern,
             .query = {"wait", "timeout"},
             .answer = [this](Call call) { return stop_scenario(std::move(call)); }});
}

}  // namespace linkfab::api
