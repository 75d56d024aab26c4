// What the API shows: every GET.
#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "api/http_status.hpp"
#include "api/json_response.hpp"
#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "core/units.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/running_lab.hpp"
#include "fabric/topology_file.hpp"
#include "fabric/traffic_json.hpp"

namespace linkfab::api {

using boost::asio::awaitable;
using namespace std::chrono_literals;

namespace {

constexpr const char* root = "/api/v1";

Json::Value named(const char* key, Json::Value list) {
  Json::Value json(Json::objectValue);
  json[key] = std::move(list);
  return json;
}

// The one of a list of JSON objects that has this name.
std::optional<Json::Value> by_name(const Json::Value& list, const std::string& name) {
  for (const auto& each : list)
    if (each["name"].asString() == name) return each;
  return std::nullopt;
}

}  // namespace

void LabApi::State::add_read(std::string pattern, Resource resource) {
  add_route(
      {.method = "GET",
       .pattern = root + std::move(pattern),
       .query = {},
       .answer = [this, resource = std::move(resource)](Call call) -> awaitable<HttpResponse> {
         if (auto connected = co_await client->connect(); !connected)
           co_return problem(connected.error());
         const auto json = resource(call);
         if (!json)
           co_return problem(status::not_found,
                             fmt::format("there is no '{}'", call.arguments.front()));
         co_return json_answer(call.request, json_text(*json));
       }});
}

std::optional<Json::Value> LabApi::State::link_item(const std::string& name, bool segment) const {
  const auto* link = find_joint(client->view(), name);
  if (link == nullptr || is_link(*link) == segment) return std::nullopt;
  return link_resource(*link, client->replica());
}

std::optional<Json::Value> LabApi::State::node_item(const std::string& name) const {
  const auto* node = find_node(client->view(), name);
  return node == nullptr ? std::nullopt : std::optional(fabric::to_json(*node));
}

Result<fabric::Traffic> LabApi::State::traffic(const std::string& link) {
  const auto& lab = client->view();
  std::vector<fabric::LinkView> links;
  if (link.empty()) {
    links = lab.links;
  } else if (const auto* one = find_joint(lab, link); one != nullptr) {
    links.push_back(*one);
  } else {
    return failure(Errc::not_found, fmt::format("find link '{}'", link), "there is none");
  }
  const auto measured = options.measure();
  if (!measured) return std::unexpected(measured.error());
  fabric::set_statistics(links, *measured);
  return fabric::Traffic{.lab = lab.name,
                         .time = std::chrono::steady_clock::now(),
                         .date = std::chrono::system_clock::now(),
                         .directions = fabric::directions(links)};
}

namespace {

Json::Value list_of(const char* key, const auto& views, auto make) {
  Json::Value list(Json::arrayValue);
  for (const auto& view : views)
    if (auto json = make(view); json) list.append(std::move(*json));
  return named(key, std::move(list));
}

}  // namespace

awaitable<HttpResponse> LabApi::State::events(Call call) {
  constexpr auto shortest = 100ms;
  if (auto connected = co_await client->connect(); !connected) co_return problem(connected.error());
  std::optional<Events::Statistics> statistics;
  if (const auto given = call.query.find("statistics"); given != call.query.end()) {
    const auto interval = parse_duration(given->second);
    if (!interval || *interval < shortest)
      co_return problem(status::bad_request, "statistics is a time of 100ms at least, such as 1s");
    auto before = std::make_shared<std::optional<fabric::Traffic>>();
    statistics = {.interval = std::chrono::ceil<std::chrono::milliseconds>(*interval),
                  .source = [this, before]() -> Result<Json::Value> {
                    auto now = traffic("");
                    if (!now) return std::unexpected(now.error());
                    std::chrono::duration<double> elapsed{};
                    std::vector<fabric::TrafficRates> rates;
                    if (*before) {
                      elapsed = now->time - (*before)->time;
                      rates = fabric::rates((*before)->directions, now->directions, elapsed);
                    }
                    auto json = fabric::to_json(*now, rates, elapsed);
                    *before = std::move(*now);
                    return json;
                  }};
  }
  const auto framing =
      call.request.websocket ? Events::Framing::messages : Events::Framing::server_sent;
  co_return HttpResponse{.content_type = "text/event-stream",
                         .body = {},
                         .allow = "",
                         .headers = {{"Cache-Control", "no-store"}},
                         .stream = event_streams.listen(framing, std::move(statistics)),
                         .subprotocol = call.request.websocket ? "linkfab.v1" : ""};
}

void LabApi::State::add_reads() {
  using Optional = std::optional<Json::Value>;
  add_route({.method = "GET",
             .pattern = std::string(root) + "/openapi.json",
             .query = {},
             .answer = [](Call call) -> awaitable<HttpResponse> {
               co_return json_answer(call.request, std::string(openapi_document()));
             }});
  add_read("/fabric",
           [this](const Call&) { return fabric_resource(client->view(), options.about); });
  add_read("/nodes", [this](const Call&) -> Optional {
    return list_of("nodes", client->view().nodes,
                   [](const auto& node) { return Optional(fabric::to_json(node)); });
  });
  add_read("/nodes/{node}", [this](const Call& call) { return node_item(call.arguments[0]); });
  for (const bool segments : {false, true}) {
    const std::string name = segments ? "segment" : "link";
    add_read("/" + name + "s", [this, segments](const Call&) -> Optional {
      return list_of(segments ? "segments" : "links", client->view().links, [&](const auto& link) {
        return is_link(link) == segments ? Optional{}
                                         : Optional(link_resource(link, client->replica()));
      });
    });
    add_read("/" + name + "s/{" + name + "}",
             [this, segments](const Call& call) { return link_item(call.arguments[0], segments); });
  }
  add_read("/gateways", [this](const Call&) -> Optional {
    return named("gateways", gateway_resources(client->view()));
  });
  add_read("/gateways/{gateway}", [this](const Call& call) {
    return by_name(gateway_resources(client->view()), call.arguments[0]);
  });
  add_read("/presets",
           [](const Call&) -> Optional { return named("presets", fabric::preset_list()); });
  add_read("/presets/{preset}",
           [](const Call& call) { return by_name(fabric::preset_list(), call.arguments[0]); });
  for (const char* pattern : {"/statistics", "/statistics/{link}"})
    add_route({.method = "GET",
               .pattern = std::string(root) + pattern,
               .query = {},
               .answer = [this](Call call) -> awaitable<HttpResponse> {
                 if (auto connected = co_await client->connect(); !connected)
                   co_return problem(connected.error());
                 const auto now = traffic(call.arguments.empty() ? "" : call.arguments[0]);
                 if (!now) co_return problem(now.error());
                 co_return json_answer(call.request, json_text(fabric::to_json(*now, {}, {})));
               }});
  add_route({.method = "GET",
             .pattern = std::string(root) + "/topology",
             .query = {},
             .answer = [this](Call call) -> awaitable<HttpResponse> {
               if (auto connected = co_await client->connect(); !connected)
                 co_return problem(connected.error());
               co_return json_answer(
                   call.request, write_topology(fabric::running_lab(client->replica()).topology));
             }});
  add_route({.method = "GET",
             .pattern = std::string(root) + "/events",
             .query = {"statistics"},
             .answer = [this](Call call) { return events(std::move(call)); },
             .produces = "text/event-stream"});
}

}  // namespace linkfab::api
