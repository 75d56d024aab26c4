#include "api/resources.hpp"

#include <algorithm>

#include "fabric/impairment_json.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/rows.hpp"

namespace linkfab::api {
namespace {

Json::Value impairment_json(const fabric::EndView& toward, const ovsdb::Replica& replica) {
  const auto* row = toward.impairment ? replica.find("Impairment", *toward.impairment) : nullptr;
  const auto impairment = row == nullptr
                              ? fabric::Impairment{}
                              : fabric::decode_impairment(*row).value_or(fabric::Impairment{});
  return fabric::to_json(impairment);
}

Json::Value text_or_null(const std::string& text) {
  return text.empty() ? Json::Value() : Json::Value(text);
}

template <class Views>
const typename Views::value_type* find_by_name(const Views& views, const std::string& name) {
  const auto found = std::ranges::lower_bound(views, name, {}, &Views::value_type::name);
  return found == views.end() || found->name != name ? nullptr : &*found;
}

Json::Value gateway_json(const std::string& node, const fabric::InterfaceView& interface) {
  Json::Value json(Json::objectValue);
  json["name"] = node + ":" + interface.name;
  json["type"] = std::string(type_of(*interface.wanted.gateway));
  json["options"] = Json::Value(Json::objectValue);
  for (const auto& [key, value] : options(*interface.wanted.gateway)) json["options"][key] = value;
  json["link"] = text_or_null(interface.attached);
  json["device"] = text_or_null(interface.device);
  json["state"] = interface.state.empty() ? "pending" : interface.state;
  json["error"] = text_or_null(interface.error);
  json["warning"] = text_or_null(interface.warning);
  return json;
}

}  // namespace

bool is_link(const fabric::LinkView& link) {
  return link.kind == "link";
}

Json::Value link_resource(const fabric::LinkView& link, const ovsdb::Replica& replica) {
  auto json = fabric::to_json(link, false);
  if (is_link(link)) {
    json["a_to_b"] = impairment_json(link.ends[1], replica);
    json["b_to_a"] = impairment_json(link.ends[0], replica);
    return json;
  }
  for (Json::ArrayIndex i = 0; i < json["ends"].size(); ++i)
    json["ends"][i]["impairment"] = impairment_json(link.ends[i], replica);
  return json;
}

Json::Value fabric_resource(const fabric::LabView& lab, const About& about) {
  const auto progress = fabric::progress(lab);
  const auto links = std::ranges::count_if(lab.links, is_link);
  Json::Value json(Json::objectValue);
  json["lab"] = text_or_null(lab.name);
  json["version"] = about.version;
  json["instance"] = about.instance;
  json["hosts"] = Json::Value(Json::arrayValue);
  for (const auto& host : lab.hosts) {
    auto each = fabric::to_json(host);
    each["capabilities"] = Json::Value(Json::objectValue);
    for (const auto& [key, value] : host.capabilities) each["capabilities"][key] = value;
    json["hosts"].append(std::move(each));
  }
  json["nodes"] = Json::UInt64{lab.nodes.size()};
  json["links"] = Json::Int64{links};
  json["segments"] = Json::UInt64{lab.links.size() - static_cast<std::size_t>(links)};
  json["settled"] = progress.settled();
  json["next_cfg"] = Json::Int64{lab.next_cfg};
  json["cur_cfg"] = Json::Int64{lab.cur_cfg};
  json["errors"] = fabric::to_json(progress.errors);
  return json;
}

Json::Value gateway_resources(const fabric::LabView& lab) {
  Json::Value json(Json::arrayValue);
  for (const auto& node : lab.nodes)
    for (const auto& interface : node.interfaces)
      if (interface.wanted.gateway) json.append(gateway_json(node.name, interface));
  return json;
}

const fabric::NodeView* find_node(const fabric::LabView& lab, const std::string& name) {
  return find_by_name(lab.nodes, name);
}

const fabric::LinkView* find_joint(const fabric::LabView& lab, const std::string& name) {
  return find_by_name(lab.links, name);
}

}  // namespace linkfab::api
