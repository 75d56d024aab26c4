#include "api/json_response.hpp"

#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <json/writer.h>

#include "api/http_status.hpp"

namespace linkfab::api {

std::string json_text(const Json::Value& json) {
  static const Json::StreamWriterBuilder builder = [] {
    Json::StreamWriterBuilder made;
    made["indentation"] = "";
    made["emitUTF8"] = true;
    made["precision"] = 15;
    return made;
  }();
  return Json::writeString(builder, json) + "\n";
}

// FNV-1a: who could make two texts collide may also just change the lab.
std::string entity_tag(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return fmt::format("\"{:016x}-{:x}\"", hash, text.size());
}

bool names_tag(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto each = list.substr(0, comma);
    list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
    while (each.starts_with(' ')) each.remove_prefix(1);
    while (each.ends_with(' ')) each.remove_suffix(1);
    if (each == "*" || each == tag) return true;
  }
  return false;
}

HttpResponse json_response(const Json::Value& json, unsigned status) {
  auto text = json_text(json);
  auto tag = entity_tag(text);
  return {.status = status,
          .content_type = "application/json",
          .body = std::move(text),
          .allow = "",
          .headers = {{"ETag", std::move(tag)},
                      {"Cache-Control", "no-cache"},
                      {"X-Content-Type-Options", "nosniff"}}};
}

HttpResponse json_answer(const HttpRequest& request, std::string text) {
  auto tag = entity_tag(text);
  const auto known = request.headers.find("if-none-match");
  const bool same = known != request.headers.end() && names_tag(known->second, tag);
  return {.status = same ? status::not_modified : 200U,
          .content_type = same ? "" : "application/json",
          .body = same ? "" : std::move(text),
          .allow = "",
          .headers = {{"ETag", std::move(tag)},
                      {"Cache-Control", "no-cache"},
                      {"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace linkfab::api
