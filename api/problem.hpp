// What went wrong, as RFC 9457 has it: application/problem+json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/http_server.hpp"
#include "core/result.hpp"
#include "fabric/finding.hpp"

namespace linkfab::api {

[[nodiscard]] HttpResponse problem(unsigned status, const std::string& detail);
// The status that the error's code stands for.
[[nodiscard]] HttpResponse problem(const Error& error);
// What was found in a body: 400 where it is no JSON, else 422; each with the path of the bad field.
[[nodiscard]] HttpResponse problem(const std::vector<fabric::Finding>& findings,
                                   std::string_view body);
// The same of a body that is no JSON.
[[nodiscard]] HttpResponse problem(const std::vector<fabric::Finding>& findings, unsigned status);

}  // namespace linkfab::api
