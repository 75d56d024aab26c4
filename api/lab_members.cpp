// Members of segments over the API: interfaces that are plugged in, and taken out.
#include <optional>
#include <utility>

#include <json/value.h>

#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "fabric/lab_change.hpp"
#include "fabric/link_json.hpp"

namespace linkfab::api {

using boost::asio::awaitable;

awaitable<HttpResponse> LabApi::State::put_member(Call call) {
  const auto name = call.arguments[0];
  const auto end = fabric::parse_endpoint(call.arguments[1]);
  if (!end) co_return problem(end.error());
  std::optional<fabric::Impairment> toward;
  if (const auto& body = call.request.body; !body.empty()) {
    auto read = fabric::new_member(body);
    if (!read) co_return problem(read.error(), body);
    toward = *std::move(read);
  }
  const auto author = author_of(call.request);
  const auto look = [this, name] { return link_item(name, true); };
  Change edit{.before = look,
              .after = look,
              .make = [=, end = *end](const ovsdb::Replica& replica, bool alone) {
                return fabric::put_member(replica, name, end, toward, author, alone);
              }};
  co_return co_await change(std::move(call), std::move(edit));
}

awaitable<HttpResponse> LabApi::State::remove_member(Call call) {
  const auto name = call.arguments[0];
  const auto end = fabric::parse_endpoint(call.arguments[1]);
  if (!end) co_return problem(end.error());
  const auto author = author_of(call.request);
  auto edit = removal([this, name] { return link_item(name, true); },
                      [=, end = *end](const ovsdb::Replica& replica, bool) {
                        return fabric::remove_member(replica, name, end, author);
                      });
  co_return co_await change(std::move(call), std::move(edit));
}

void LabApi::State::add_members() {
  constexpr const char* pattern = "/api/v1/segments/{segment}/members/{member}";
  add_route({.method = "PUT",
             .pattern = pattern,
             .query = {"wait", "timeout"},
             .answer = [this](Call call) { return put_member(std::move(call)); },
             .body = Route::Body::optional});
  add_route({.method = "DELETE",
             .pattern = pattern,
             .query = {"wait", "timeout"},
             .answer = [this](Call call) { return remove_member(std::move(call)); }});
}

}  // namespace linkfab::api
