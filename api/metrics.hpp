// The agent's measurements as Prometheus reads them: text format 0.0.4. Pure.
//
// Interfaces are seen as their node sees them. docs/metrics.md lists what there is: names and
// labels stay.
#pragma once

#include <string>

#include "api/process_usage.hpp"
#include "fabric/measurements.hpp"

namespace linkfab::api {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string metrics_text(const fabric::Measurements& measured,
                                       const ProcessUsage& process, const std::string& version);

}  // namespace linkfab::api
