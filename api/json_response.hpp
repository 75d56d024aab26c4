// JSON as an answer, with an entity tag (RFC 9110 §8.8.3) of its text.
#pragma once

#include <string>
#include <string_view>

#include <json/value.h>

#include "api/http_server.hpp"

namespace linkfab::api {

// On one line, and a line's end.
[[nodiscard]] std::string json_text(const Json::Value& json);
[[nodiscard]] std::string entity_tag(std::string_view text);
// Does a list of tags, or "*", name this one?
[[nodiscard]] bool names_tag(std::string_view list, std::string_view tag);

[[nodiscard]] HttpResponse json_response(const Json::Value& json, unsigned status = 200);
// 304 where the request has this representation already.
[[nodiscard]] HttpResponse json_answer(const HttpRequest& request, std::string text);

}  // namespace linkfab::api
