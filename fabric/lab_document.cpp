#include "fabric/lab_document.hpp"

#include <utility>

#include "fabric/impairment_json.hpp"
#include "fabric/json_text.hpp"
#include "fabric/rows.hpp"
#include "fabric/topology_file.hpp"
#include "ovsdb/json_text.hpp"

namespace linkfab::fabric {
namespace {

constexpr const char* cut = "cut";

// Of nodes alone: every interface is named, also those that a link would imply.
Json::Value nodes_document(const std::map<std::string, Node>& nodes) {
  const auto written = parse_json(write_topology({.nodes = nodes}));
  auto document = written ? (*written)["nodes"] : Json::Value(Json::objectValue);
  for (auto& node : document) {
    if (!node.isMember("interfaces")) node["interfaces"] = Json::Value(Json::objectValue);
    if (!node.isMember("state")) node["state"] = format(NodeState::running);
  }
  return document;
}

// As a topology file has them.
Json::Value file_link(const std::string& name, const Json::Value& link) {
  Json::Value json = link;
  json["name"] = name;
  json["up"] = link["state"] != cut;
  json.removeMember("state");
  return json;
}

Json::Value file_segment(const Json::Value& segment) {
  Json::Value json(Json::objectValue);
  json["kind"] = segment["kind"];
  json["up"] = segment["state"] != cut;
  json["interfaces"] = Json::Value(Json::arrayValue);
  for (const auto& name : segment["members"].getMemberNames()) {
    Json::Value member = segment["members"][name];
    member["interface"] = name;
    json["interfaces"].append(std::move(member));
  }
  return json;
}

}  // namespace

Json::Value node_document(const Node& node) {
  return nodes_document({{"node", node}})["node"];
}

Json::Value link_document(const Link& link) {
  Json::Value json(Json::objectValue);
  json["ends"].append(format(link.a));
  json["ends"].append(format(link.b));
  json["a_to_b"] = to_json(link.a_to_b);
  json["b_to_a"] = to_json(link.b_to_a);
  json["state"] = link.up ? "up" : cut;
  if (link.subtract_underlay) json["underlay"] = "subtract";
  return json;
}

Json::Value segment_document(const Segment& segment) {
  Json::Value json(Json::objectValue);
  json["kind"] = format(segment.kind);
  json["members"] = Json::Value(Json::objectValue);
  for (const auto& [member, toward] : segment.members)
    json["members"][format(member)] = to_json(toward);
  json["state"] = segment.up ? "up" : cut;
  return json;
}

Json::Value lab_document(const Topology& topology) {
  Json::Value json(Json::objectValue);
  json["name"] = topology.name;
  json["nodes"] = nodes_document(topology.nodes);
  json["links"] = Json::Value(Json::objectValue);
  for (const auto& [name, link] : topology.links) json["links"][name] = link_document(link);
  json["segments"] = Json::Value(Json::objectValue);
  for (const auto& [name, segment] : topology.segments)
    json["segments"][name] = segment_document(segment);
  return json;
}

Result<Topology> read_lab_document(const Json::Value& document) {
  Json::Value file(Json::objectValue);
  file["nodes"] = document["nodes"];
  file["links"] = Json::Value(Json::arrayValue);
  for (const auto& name : document["links"].getMemberNames())
    file["links"].append(file_link(name, document["links"][name]));
  file["segments"] = Json::Value(Json::objectValue);
  for (const auto& name : document["segments"].getMemberNames())
    file["segments"][name] = file_segment(document["segments"][name]);
  std::string text;
  if (auto done = ovsdb::append_json(text, file); !done) return std::unexpected(done.error());
  auto topology = parse_topology(text, "/lab.json");
  if (!topology) {
    const auto& first = topology.error().front();
    return failure(Errc::invalid, "read the lab",
                   (first.path.empty() ? "" : first.path + ": ") + first.error.cause);
  }
  topology->name = document["name"].asString();  // which no file may have empty
  return *std::move(topology);
}

}  // namespace linkfab::fabric
