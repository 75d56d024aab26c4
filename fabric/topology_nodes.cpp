#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "fabric/topology_reading.hpp"

namespace linkfab::fabric {
namespace {

constexpr std::array<std::string_view, 7> kinds{"netns", "docker", "external", "host",
                                                "vpcs",  "qemu",   "switch"};      // of NodeKind
constexpr std::array<std::string_view, 3> states{"running", "paused", "stopped"};  // of NodeState

// A node as far as the file says it, or what "defaults" says of all nodes.
struct SaidNode {
  std::optional<NodeKind> kind;
  bool has_command = false;  // an empty one says something: the image's own
  Node node;
};

void read_strings(const JsonItem& item, std::map<std::string, std::string>& target,
                  std::optional<std::string> (JsonItem::*read)() const) {
  for (const auto& [key, value] : item.members()) {
    if (key.empty() || key.find('=') != std::string::npos)
      value.report_at_key("a name is neither empty nor does it hold '='");
    if (auto text = (value.*read)()) target.insert_or_assign(key, *std::move(text));
  }
}

void read_command(const JsonItem& item, std::vector<std::string>& command) {
  command.clear();
  if (item.is_text()) {
    if (auto text = item.text()) command = {"/bin/sh", "-c", *std::move(text)};
    return;
  }
  if (!item.is_list()) return item.report_type("a text for the shell, or a list of words");
  for (const JsonItem& word : item.list())
    if (auto text = word.text()) command.push_back(*std::move(text));
}

// "SOURCE:TARGET[:ro|:rw]" with an absolute source, and without ":rw", which is the default.
void read_bind(const std::filesystem::path& directory, const JsonItem& item,
               std::vector<std::string>& binds) {
  const auto text = item.text();
  if (!text) return;
  const auto first = text->find(':');
  const auto source = text->substr(0, first);
  auto target = first == std::string::npos ? std::string{} : text->substr(first + 1);
  std::string mode;
  if (const auto second = target.find(':'); second != std::string::npos) {
    mode = target.substr(second);
    target.erase(second);
  }
  if (source.empty() || !target.starts_with('/') ||
      (!mode.empty() && mode != ":ro" && mode != ":rw")) {
    return item.report(fmt::format(
        "'{}': a bind is written SOURCE:/PLACE/IN/NODE, with :ro after it to forbid writing",
        *text));
  }
  const auto absolute = (directory / source).lexically_normal();
  binds.push_back(absolute.string() + ":" + target + (mode == ":ro" ? mode : ""));
}

void read_kind(const JsonItem& item, std::optional<NodeKind>& kind) {
  if (const auto choice = item.choice(kinds)) kind = static_cast<NodeKind>(*choice);
}

// The fields that a node and "defaults" have in common.
std::vector<JsonItem::Field> common_fields(const std::filesystem::path& directory, SaidNode& said) {
  Node& node = said.node;
  return {
      {"kind", [&](const JsonItem& item) { read_kind(item, said.kind); }},
      {"image", [&](const JsonItem& item) { node.image = item.text().value_or(""); }},
      {"command",
       [&](const JsonItem& item) {
         said.has_command = true;
         read_command(item, node.command);
       }},
      {"environment",
       [&](const JsonItem& item) { read_strings(item, node.environment, &JsonItem::scalar); }},
      {"binds",
       [&](const JsonItem& item) {
         for (const JsonItem& each : item.list()) read_bind(directory, each, node.binds);
       }},
      {"sysctls",
       [&](const JsonItem& item) { read_strings(item, node.sysctls, &JsonItem::text_or_number); }},
      {"options",
       [&](const JsonItem& item) { read_strings(item, node.options, &JsonItem::scalar); }},
  };
}

NodeKind resolve_kind(const SaidNode& own, const SaidNode& defaults) {
  if (own.kind) return *own.kind;
  if (!own.node.image.empty()) return NodeKind::docker;
  if (defaults.kind) return *defaults.kind;
  return defaults.node.image.empty() ? NodeKind::netns : NodeKind::docker;
}

// What the node says goes before the defaults; binds add up.
Node with_defaults(SaidNode own, const SaidNode& defaults) {
  own.node.kind = resolve_kind(own, defaults);
  Node node = std::move(own.node);
  if (node.kind != NodeKind::netns && node.kind != NodeKind::docker) return node;
  if (node.kind == NodeKind::docker && node.image.empty()) node.image = defaults.node.image;
  if (!own.has_command) node.command = defaults.node.command;
  node.environment.insert(defaults.node.environment.begin(), defaults.node.environment.end());
  node.sysctls.insert(defaults.node.sysctls.begin(), defaults.node.sysctls.end());
  node.options.insert(defaults.node.options.begin(), defaults.node.options.end());
  node.binds.insert(node.binds.end(), defaults.node.binds.begin(), defaults.node.binds.end());
  std::ranges::sort(node.binds);
  return node;
}

void read_interfaces(Reading& reading, const std::string& name, const JsonItem& item, Node& node) {
  for (const auto& [key, value] : item.members()) {
    Interface& interface = node.interfaces[key];
    reading.object("interface " + format(Endpoint{name, key}), value,
                   [&] { read_interface(value, interface); });
  }
}

// A virtual machine's files are looked for beside the topology file.
void make_absolute(const std::filesystem::path& directory, Node& node) {
  const auto absolute = [&](std::string& path) {
    if (!path.empty()) path = (directory / path).lexically_normal().string();
  };
  absolute(node.image);
  for (const char* key : {"kernel", "initrd"})
    if (const auto file = node.options.find(key); file != node.options.end())
      absolute(file->second);
}

bool is_switch(const JsonItem& item, const SaidNode& defaults) {
  const auto own = item.is_object() ? item.find("kind") : std::nullopt;
  if (own) return own->is_text() && own->value().asString() == "switch";
  return defaults.kind == NodeKind::bridge;
}

Node read_node(Reading& reading, const std::string& name, const JsonItem& item,
               const SaidNode& defaults) {
  SaidNode own;
  Node& node = own.node;
  if (is_switch(item, defaults)) {
    read_switch(item, node,
                [&](const JsonItem& value) { read_interfaces(reading, name, value, node); });
    return std::move(node);
  }
  auto fields = common_fields(reading.directory, own);
  fields.push_back(
      {"interfaces", [&](const JsonItem& value) { read_interfaces(reading, name, value, node); }});
  fields.push_back({"routes", [&](const JsonItem& value) {
                      for (const JsonItem& each : value.list()) read_route(each, node.routes);
                    }});
  fields.push_back({"place", [&](const JsonItem& value) { read_place(value, node.place); }});
  fields.push_back({"state", [&](const JsonItem& value) {
                      if (const auto choice = value.choice(states))
                        node.state = static_cast<NodeState>(*choice);
                    }});
  item.fields(fields);
  std::ranges::sort(node.routes);
  auto read = with_defaults(std::move(own), defaults);
  if (read.kind == NodeKind::qemu) make_absolute(reading.directory, read);
  return read;
}

}  // namespace

void read_place(const JsonItem& item, std::map<std::string, std::string>& place) {
  read_strings(item, place, &JsonItem::text_or_number);
}

void read_nodes(Reading& reading, const JsonItem* defaults, const JsonItem* nodes) {
  SaidNode said;
  if (defaults != nullptr) defaults->fields(common_fields(reading.directory, said));
  if (nodes == nullptr) return;
  for (const auto& [name, item] : nodes->members()) {
    reading.object("node " + name, item, [&] {
      reading.topology.nodes.emplace(name, read_node(reading, name, item, said));
    });
  }
}

}  // namespace linkfab::fabric
