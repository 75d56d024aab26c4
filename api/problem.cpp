#include "api/problem.hpp"

#include <fmt/format.h>
#include <json/value.h>

#include "api/http_status.hpp"
#include "api/json_response.hpp"
#include "fabric/json_text.hpp"

namespace linkfab::api {
namespace {

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::invalid:
    case Errc::unsupported:
      return 422;
    case Errc::not_found:
      return 404;
    case Errc::exists:
    case Errc::refused:
    case Errc::conflict:
      return 409;
    case Errc::denied:
      return 403;
    case Errc::unreachable:
    case Errc::timeout:
      return 503;
    case Errc::failed:
      break;
  }
  return 500;
}

const char* title_of(unsigned status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "A token is needed";
    case 403:
      return "Refused";
    case 404:
      return "Not found";
    case 405:
      return "Wrong method";
    case 406:
      return "Not acceptable";
    case 409:
      return "Conflict";
    case 412:
      return "Changed meanwhile";
    case 413:
      return "The body is too long";
    case 415:
      return "Wrong type of body";
    case 422:
      return "The body makes no sense";
    case 426:
      return "Upgrade required";
    case 431:
      return "The header is too long";
    case 503:
      return "Not available now";
    default:
      return "Failed";
  }
}

const std::string& path_of(const fabric::Finding& finding) {
  return finding.key_path.empty() ? finding.path : finding.key_path;
}

HttpResponse respond(unsigned status, const std::string& detail, Json::Value errors) {
  Json::Value json(Json::objectValue);
  json["type"] = "about:blank";
  json["title"] = title_of(status);
  json["status"] = status;
  if (!detail.empty()) json["detail"] = detail;
  if (!errors.empty()) json["errors"] = std::move(errors);
  return {.status = status,
          .content_type = "application/problem+json",
          .body = json_text(json),
          .allow = "",
          .headers = {{"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace

HttpResponse problem(unsigned status, const std::string& detail) {
  return respond(status, detail, {});
}

HttpResponse problem(const Error& error) {
  return respond(status_of(error.code), format(error), {});
}

HttpResponse problem(const std::vector<fabric::Finding>& findings, std::string_view body) {
  return problem(findings, fabric::parse_json(body) ? status::unprocessable : status::bad_request);
}

HttpResponse problem(const std::vector<fabric::Finding>& findings, unsigned status) {
  constexpr std::size_t most = 100;
  Json::Value errors(Json::arrayValue);
  for (const auto& finding : findings) {
    if (errors.size() == most) break;
    Json::Value each(Json::objectValue);
    each["path"] = path_of(finding);
    each["detail"] = finding.error.cause;
    if (finding.position.line > 0) {
      each["line"] = finding.position.line;
      each["column"] = finding.position.column;
    }
    errors.append(std::move(each));
  }
  const auto& first = findings.front();
  const auto path = path_of(first);
  const auto detail =
      path.empty() ? first.error.cause : fmt::format("{}: {}", path, first.error.cause);
  return respond(status, detail, std::move(errors));
}

}  // namespace linkfab::api
