#include "api/metrics_page.hpp"

#include <utility>

#include "api/http_status.hpp"
#include "api/metrics.hpp"
#include "api/process_usage.hpp"

namespace linkfab::api {
namespace {

HttpResponse respond(const HttpRequest& request,
                     const std::function<Result<fabric::Measurements>()>& measure,
                     const std::string& version) {
  if (request.path != "/metrics")
    return {.status = status::not_found, .body = "linkfabd has one page: /metrics\n", .allow = ""};
  if (request.method != "GET" && request.method != "HEAD")
    return {.status = status::wrong_method, .body = "it is read by GET\n", .allow = "GET, HEAD"};
  const auto measured = measure();
  if (!measured)
    return {.status = status::unavailable, .body = format(measured.error()) + "\n", .allow = ""};
  return {.content_type = metrics_content_type,
          .body = metrics_text(*measured, process_usage(), version),
          .allow = ""};
}

}  // namespace

HttpHandler metrics_page(std::function<Result<fabric::Measurements>()> measure,
                         std::string version) {
  return [measure = std::move(measure), version = std::move(version)](
             HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    co_return respond(request, measure, version);
  };
}

}  // namespace linkfab::api
