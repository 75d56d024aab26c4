#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "fabric/switch_settings.hpp"
#include "fabric/topology_reading.hpp"

// Switch nodes of a topology file. Whether Open vSwitch has the columns that it names, and of which
// types, is known where the switch runs.
namespace linkfab::fabric {
namespace {

constexpr std::array<std::string_view, 2> switch_states{"running", "stopped"};  // of NodeState
constexpr std::array<std::string_view, 7> of_other_kinds{
    "image", "command", "environment", "binds", "sysctls", "options", "routes"};

// Some columns have names that people expect, too.
std::string column_of(const std::string& key) {
  if (key == "controllers") return "controller";
  if (key == "stp" || key == "rstp") return key + "_enable";
  return key;
}

void refuse_marks(const JsonItem& item) {
  if (!item.is_object()) return;
  for (const auto& [key, value] : item.members())
    if (is_own_mark(key)) value.report_at_key("marks that begin with linkfab are linkfab's own");
}

// Of a row: its own columns, and those of rows within it as far as their table is known here.
void refuse_columns(const JsonItem& item, std::string_view table) {
  if (!item.is_object()) return item.report_type("an object");
  for (const auto& [key, value] : item.members()) {
    if (const auto why = refused_column(table, key))
      value.report_at_key(fmt::format("'{}' cannot be set here: {}", key, *why));
    if (key == "external_ids") refuse_marks(value);
    if (table == "Port" && key == "interface") refuse_columns(value, "Interface");
  }
}

void read_datapath_id(const JsonItem& item, Json::Value& settings) {
  const auto text = item.text();
  if (!text) return;
  if (const auto id = canonical_datapath_id(*text)) {
    settings["other_config"]["datapath-id"] = *id;
  } else {
    item.report(
        fmt::format("'{}' is no datapath id: 1 to 16 hexadecimal digits, not all 0", *text));
  }
}

void merge(Json::Value& into, const Json::Value& more) {
  for (const auto& key : more.getMemberNames()) into[key] = more[key];
}

void read_setting(const std::string& key, const JsonItem& item, Json::Value& settings) {
  if (std::ranges::count(of_other_kinds, key) != 0)
    return item.report_at_key(fmt::format("a switch node has no '{}'", key));
  if (key == "datapath_id") return read_datapath_id(item, settings);
  if (key == "ports") {
    for (const auto& [interface, port] : item.members()) refuse_columns(port, "Port");
  } else if (const auto why = refused_column("Bridge", key)) {
    return item.report_at_key(fmt::format("'{}' cannot be set here: {}", key, *why));
  } else if (key == "external_ids") {
    refuse_marks(item);
  }
  const auto column = column_of(key);
  if (column == "other_config" && item.is_object()) return merge(settings[column], item.value());
  if (settings.isMember(column))
    return item.report_at_key(fmt::format("'{}' is given twice, by another name too", column));
  settings[column] = item.value();
}

}  // namespace

void read_switch(const JsonItem& item, Node& node,
                 const std::function<void(const JsonItem&)>& read_its_interfaces) {
  Json::Value settings(Json::objectValue);
  for (const auto& [key, value] : item.members()) {
    if (key == "kind") continue;
    if (key == "interfaces") {
      read_its_interfaces(value);
    } else if (key == "place") {
      read_place(value, node.place);
    } else if (key == "state") {
      if (const auto choice = value.choice(switch_states))
        node.state = *choice == 0 ? NodeState::running : NodeState::stopped;
    } else {
      read_setting(key, value, settings);
    }
  }
  node.kind = NodeKind::bridge;
  node.switch_settings = format_switch_settings(settings);
}

}  // namespace linkfab::fabric
