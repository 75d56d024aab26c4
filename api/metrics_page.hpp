// GET /metrics.
#pragma once

#include <functional>
#include <string>

#include "api/http_server.hpp"
#include "fabric/measurements.hpp"

namespace linkfab::api {

// Measures at each request. Other paths are 404, other methods 405; what cannot be measured is 503
// with the reason.
[[nodiscard]] HttpHandler metrics_page(std::function<Result<fabric::Measurements>()> measure,
                                       std::string version);

}  // namespace linkfab::api
