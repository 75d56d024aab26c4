#include "fabric/traffic_json.hpp"

#include <type_traits>

namespace linkfab::fabric {
namespace {

template <class Value>
Json::Value or_null(const std::optional<Value>& value) {
  if constexpr (std::is_floating_point_v<Value>)
    return value ? Json::Value(*value) : Json::Value();
  else
    return value ? Json::Value(Json::Int64{*value}) : Json::Value();
}

Json::Value counters_json(const TrafficCounters& counters) {
  Json::Value json(Json::objectValue);
  json["sent_frames"] = or_null(counters.sent_frames);
  json["sent_bytes"] = or_null(counters.sent_bytes);
  json["sent_dropped"] = or_null(counters.sent_dropped);
  json["received_frames"] = or_null(counters.received_frames);
  json["received_bytes"] = or_null(counters.received_bytes);
  json["received_dropped"] = or_null(counters.received_dropped);
  json["lost"] = or_null(counters.lost);
  json["queued_frames"] = or_null(counters.queued_frames);
  json["queued_bytes"] = or_null(counters.queued_bytes);
  json["carrier_changes"] = or_null(counters.carrier_changes);
  return json;
}

Json::Value rates_json(const TrafficRates& rates) {
  Json::Value json(Json::objectValue);
  json["sent_frames"] = or_null(rates.sent_frames);
  json["sent_bits"] = or_null(rates.sent_bits);
  json["received_frames"] = or_null(rates.received_frames);
  json["received_bits"] = or_null(rates.received_bits);
  json["lost"] = or_null(rates.lost);
  json["refused"] = or_null(rates.refused);
  return json;
}

}  // namespace

Json::Value to_json(const Traffic& now, const std::vector<TrafficRates>& rates,
                    std::chrono::duration<double> elapsed) {
  Json::Value json(Json::objectValue);
  json["lab"] = now.lab;
  json["time"] = std::chrono::duration<double>(now.date.time_since_epoch()).count();
  json["interval"] = rates.empty() ? Json::Value() : Json::Value(elapsed.count());
  json["directions"] = Json::Value(Json::arrayValue);
  for (std::size_t i = 0; i < now.directions.size(); ++i) {
    const auto& direction = now.directions[i];
    Json::Value one(Json::objectValue);
    one["link"] = direction.link;
    one["kind"] = direction.kind;
    one["state"] = direction.state;
    one["from"] = direction.from;
    one["to"] = direction.to;
    one["counters"] = counters_json(direction.counters);
    one["classes"] = Json::Value(Json::arrayValue);
    for (const auto& each : direction.classes) {
      Json::Value its(Json::objectValue);
      its["match"] = each.match;
      its["frames"] = Json::Int64{each.frames};
      its["bytes"] = Json::Int64{each.bytes};
      its["dropped"] = Json::Int64{each.dropped};
      one["classes"].append(std::move(its));
    }
    one["rates"] = i < rates.size() ? rates_json(rates[i]) : Json::Value();
    json["directions"].append(std::move(one));
  }
  return json;
}

}  // namespace linkfab::fabric
