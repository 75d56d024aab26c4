// What goes along the links of a lab as JSON. docs/cli.md documents its keys: they stay.
#pragma once

#include <chrono>
#include <vector>

#include <json/value.h>

#include "fabric/traffic.hpp"

namespace linkfab::fabric {

// `rates` is empty where there is nothing to compare with.
[[nodiscard]] Json::Value to_json(const Traffic& now, const std::vector<TrafficRates>& rates,
                                  std::chrono::duration<double> elapsed);

}  // namespace linkfab::fabric
