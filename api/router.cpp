#include "api/router.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/http_status.hpp"
#include "api/problem.hpp"

namespace linkfab::api {
namespace {

using boost::asio::awaitable;
using Segments = std::vector<std::string>;

std::optional<Segments> match(const std::string& pattern, const Segments& path) {
  const auto parts = path_segments(pattern);
  if (!parts || parts->size() != path.size()) return std::nullopt;
  Segments arguments;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (parts->at(i).starts_with('{')) {
      if (path[i].empty()) return std::nullopt;
      arguments.push_back(path[i]);
    } else if (parts->at(i) != path[i]) {
      return std::nullopt;
    }
  }
  return arguments;
}

// "text/html, application/json;q=0.5"; without q=0, which is not worth a difference.
bool accepts(const std::string& accept, std::string_view type) {
  if (accept.empty()) return true;
  std::string_view rest = accept;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    auto each = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    each = each.substr(0, each.find(';'));
    while (each.starts_with(' ')) each.remove_prefix(1);
    while (each.ends_with(' ')) each.remove_suffix(1);
    if (each == "*/*" || each == type) return true;
    if (each.ends_with("/*") && type.starts_with(each.substr(0, each.size() - 1))) return true;
  }
  return false;
}

bool takes(const Route& route, const HttpRequest& request) {
  if (route.body == Route::Body::none) return true;
  if (route.body == Route::Body::optional && request.body.empty()) return true;
  const auto type = media_type(request);
  return type == "application/json" ||
         (route.method == "PATCH" && type == "application/merge-patch+json") ||
         std::ranges::find(route.other_types, type) != route.other_types.end();
}

}  // namespace

std::string media_type(const HttpRequest& request) {
  const auto given = request.header("content-type");
  auto type = given.substr(0, given.find(';'));
  while (type.ends_with(' ')) type.pop_back();
  std::ranges::transform(type, type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return type;
}

awaitable<HttpResponse> Router::answer(HttpRequest request) const {
  const auto path = path_segments(request.path);
  if (!path) co_return problem(status::bad_request, "the path cannot be read");
  const auto method = request.method == "HEAD" ? "GET" : request.method;
  std::string allow;
  for (const auto& route : routes_) {
    auto arguments = match(route.pattern, *path);
    if (!arguments) continue;
    if (route.method != method) {
      allow += (allow.empty() ? "" : ", ") + route.method;
      if (route.method == "GET") allow += ", HEAD";
      continue;
    }
    if (!accepts(request.header("accept"), route.produces))
      co_return problem(status::not_acceptable, "the answer is " + route.produces);
    if (!takes(route, request))
      co_return problem(status::wrong_type, fmt::format("send Content-Type: application/json{}{}",
                                                        route.other_types.empty() ? "" : ", or ",
                                                        fmt::join(route.other_types, ", ")));
    auto query = parse_query(request.query);
    if (!query) co_return problem(status::bad_request, "the query cannot be read");
    for (const auto& [name, value] : *query)
      if (std::ranges::find(route.query, name) == route.query.end())
        co_return problem(status::bad_request,
                          fmt::format("unknown parameter '{}' in the query", name));
    // Named: of a temporary in an awaited expression GCC 12 destroys the parts twice.
    Call call{std::move(request), std::move(*arguments), std::move(*query)};
    co_return co_await route.answer(std::move(call));
  }
  if (allow.empty()) co_return problem(status::not_found, "there is no " + request.path);
  auto refused =
      problem(status::wrong_method, fmt::format("{} is not for {}", request.method, request.path));
  refused.allow = allow;
  co_return refused;
}

}  // namespace linkfab::api
