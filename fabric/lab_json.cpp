#include "fabric/lab_json.hpp"

#include <fmt/format.h>

#include "fabric/placement.hpp"

namespace linkfab::fabric {
namespace {

std::string state_text(const std::string& state) {
  return state.empty() ? "pending" : state;
}

double in_seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

Json::Value or_null(const std::string& text) {
  return text.empty() ? Json::Value() : Json::Value(text);
}

Json::Value or_null(const std::optional<std::int64_t>& number) {
  return number ? Json::Value(Json::Int64{*number}) : Json::Value();
}

Json::Value numbers_json(const std::map<std::string, std::int64_t>& numbers) {
  Json::Value json(Json::objectValue);
  for (const auto& [key, value] : numbers) json[key] = Json::Int64{value};
  return json;
}

Json::Value interface_json(const InterfaceView& interface) {
  Json::Value json(Json::objectValue);
  json["name"] = interface.name;
  json["addresses"] = to_json(interface.wanted.addresses);
  json["mac"] = or_null(interface.wanted.mac.value_or(""));
  json["mtu"] = interface.wanted.mtu ? Json::Value(*interface.wanted.mtu) : Json::Value();
  json["gateway"] = Json::Value();
  if (interface.wanted.gateway) {
    json["gateway"] = Json::Value(Json::objectValue);
    json["gateway"]["type"] = std::string(type_of(*interface.wanted.gateway));
    for (const auto& [key, value] : options(*interface.wanted.gateway))
      json["gateway"][key] = value;
  }
  json["link"] = or_null(interface.attached);
  json["device"] = or_null(interface.device);
  json["ofport"] = or_null(interface.ofport);
  json["state"] = or_null(interface.state);
  json["error"] = or_null(interface.error);
  json["warning"] = or_null(interface.warning);
  return json;
}

Json::Value number(std::uint64_t value) {
  return Json::Value(Json::UInt64{value});
}

Json::Value texts_json(const std::map<std::string, std::string>& texts) {
  Json::Value json(Json::objectValue);
  for (const auto& [key, text] : texts) json[key] = text;
  return json;
}

}  // namespace

Json::Value to_json(const std::vector<std::string>& strings) {
  Json::Value json(Json::arrayValue);
  for (const auto& text : strings) json.append(text);
  return json;
}

Json::Value to_json(const Host& host) {
  Json::Value json(Json::objectValue);
  json["name"] = host.name;
  json["address"] = or_null(host.address);
  json["labels"] = texts_json(host.labels);
  json["wanted"] = format(host.wanted);
  json["state"] = host_state(host);
  json["version"] = host.version;
  json["pid"] = or_null(host.pid);
  json["underlay"] = Json::Value(Json::objectValue);
  for (const auto& [name, way] : host.underlay) json["underlay"][name] = in_seconds(way);
  json["silent"] = host.silent;
  json["cur_cfg"] = Json::Int64{host.cur_cfg};
  json["errors"] = Json::Value(Json::arrayValue);
  for (const auto& error : host.errors) json["errors"].append(error);
  return json;
}

Json::Value to_json(const NodeView& node) {
  Json::Value json(Json::objectValue);
  json["name"] = node.name;
  json["kind"] = node.kind;
  json["host"] = or_null(node.host);
  json["place"] = texts_json(node.place);
  json["image"] = or_null(node.image);
  json["wanted"] = node.wanted;
  json["state"] = state_text(node.state);
  json["pid"] = or_null(node.pid);
  json["container"] = or_null(node.container);
  json["progress"] = or_null(node.progress);
  json["error"] = or_null(node.error);
  json["interfaces"] = Json::Value(Json::arrayValue);
  for (const auto& interface : node.interfaces)
    json["interfaces"].append(interface_json(interface));
  return json;
}

Json::Value to_json(const LinkView& link, bool statistics) {
  Json::Value json(Json::objectValue);
  json["name"] = link.name;
  json["kind"] = link.kind;
  json["wanted"] = link.wanted;
  json["state"] = state_text(link.state);
  json["error"] = or_null(link.error);
  if (link.kind == "link") json["underlay"] = link.subtract_underlay ? "subtract" : "add";
  json["ends"] = Json::Value(Json::arrayValue);
  for (const auto& end : link.ends) {
    Json::Value side(Json::objectValue);
    side["interface"] = end.endpoint ? Json::Value(format(*end.endpoint)) : Json::Value();
    side["state"] = or_null(end.state);
    side["error"] = or_null(end.error);
    side["warning"] = or_null(end.warning);
    side["impairment_toward"] = end.toward;
    side["scenario"] = or_null(end.scenario);
    side["underlay"] = end.underlay ? Json::Value(in_seconds(*end.underlay)) : Json::Value();
    if (statistics) side["statistics"] = numbers_json(end.statistics);
    json["ends"].append(std::move(side));
  }
  return json;
}

Json::Value to_json(const LabView& lab, const Progress& progress) {
  Json::Value json(Json::objectValue);
  json["lab"] = or_null(lab.name);
  json["nodes"] = Json::Value(Json::arrayValue);
  for (const auto& node : lab.nodes) json["nodes"].append(to_json(node));
  json["links"] = Json::Value(Json::arrayValue);
  for (const auto& link : lab.links) json["links"].append(to_json(link, false));
  json["errors"] = to_json(progress.errors);
  return json;
}

Json::Value to_json(const ScenarioView& scenario) {
  const auto& status = scenario.status;
  Json::Value json(Json::objectValue);
  json["name"] = scenario.name;
  json["state"] = state_text(scenario.state);
  json["error"] = or_null(status.error);
  json["loop"] = scenario.loop;
  json["speed"] = scenario.speed;
  json["seed"] = Json::Int64{scenario.seed};
  json["at_end"] = scenario.at_end;
  json["started"] = Json::Value();
  if (status.started) json["started"] = in_seconds(status.started->time_since_epoch());
  json["length"] = in_seconds(status.length);
  json["position"] = in_seconds(status.position);
  json["pass"] = Json::Int64{status.pass};
  json["steps"] = number(status.steps);
  json["skipped"] = number(status.skipped);
  json["late"] = Json::Value(Json::objectValue);
  json["late"]["median"] = in_seconds(status.late_median);
  json["late"]["p99"] = in_seconds(status.late_99);
  json["late"]["max"] = in_seconds(status.late_max);
  json["targets"] = texts_json(scenario.targets);
  json["now"] = texts_json(status.now);
  json["record"] = or_null(status.record);
  return json;
}

Json::Value to_json(const Difference& difference) {
  Json::Value json(Json::objectValue);
  json["lab_before"] = difference.name_before;
  json["lab_after"] = difference.name_after;
  json["unchanged"] = Json::UInt64{difference.unchanged};
  json["changes"] = Json::Value(Json::arrayValue);
  for (const auto& item : difference.items) {
    Json::Value change(Json::objectValue);
    change["action"] = format(item.action);
    change["kind"] = item.kind;
    change["name"] = item.name;
    change["fields"] = Json::Value(Json::arrayValue);
    for (const auto& field : item.fields) {
      Json::Value entry(Json::objectValue);
      entry["name"] = field.name;
      entry["before"] = field.before;
      entry["after"] = field.after;
      change["fields"].append(std::move(entry));
    }
    json["changes"].append(std::move(change));
  }
  return json;
}

Json::Value to_json(const netem::Preset& preset) {
  Json::Value json(Json::objectValue);
  json["name"] = std::string(preset.name);
  json["summary"] = std::string(preset.summary);
  json["source"] = std::string(preset.source);
  json["down"] = std::string(preset.down);
  json["up"] = std::string(preset.up);
  return json;
}

Json::Value preset_list() {
  Json::Value list(Json::arrayValue);
  for (const auto& preset : netem::presets()) list.append(to_json(preset));
  return list;
}

}  // namespace linkfab::fabric
