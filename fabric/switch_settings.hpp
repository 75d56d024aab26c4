// What a switch node's bridge is told. Pure.
//
// The settings are a JSON object: its keys are columns of Open vSwitch's Bridge table by their own
// names, as ovs-vswitchd.conf.db(5) tells them, and "ports", which has the columns of the Port
// table for each interface, with those of the Interface table below "interface". A column that
// refers to rows of another table holds those rows as objects. What types the values must have is
// asked of the running Open vSwitch (fabric/switch_columns.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

#include "fabric/topology.hpp"

namespace linkfab::fabric {

// On one line.
[[nodiscard]] std::string format_json(const Json::Value& value);
// One form for equal settings; empty settings are the empty text.
[[nodiscard]] std::string format_switch_settings(const Json::Value& settings);
// An empty object where the text is empty, or no JSON object: another client may write anything.
[[nodiscard]] Json::Value parse_switch_settings(const std::string& text);

// Why a column cannot be set, for people; nullopt: nothing is against it.
[[nodiscard]] std::optional<std::string_view> refused_column(std::string_view table,
                                                             std::string_view column);
// Marks of ours in external_ids.
[[nodiscard]] bool is_own_mark(std::string_view key);

// 16 hexadecimal digits in lower case; nullopt: it is none. "1" is 0000000000000001.
[[nodiscard]] std::optional<std::string> canonical_datapath_id(std::string_view text);
// Of other_config:datapath-id; else that of the name, always the same: s1 and s23 have 1 and 23, as
// Mininet has it, every other name 48 bits of a hash.
[[nodiscard]] std::string datapath_id(const std::string& node, const Json::Value& settings);

// "secure" with a controller, "standalone" without, unless it is given.
[[nodiscard]] std::string fail_mode(const Json::Value& settings);

// The node whose network its control channel leaves from; empty: this host's.
[[nodiscard]] std::string management_node(const Json::Value& settings);
// In their order; a text without one that is none.
[[nodiscard]] std::vector<std::string> controller_targets(const Json::Value& settings);
// With other targets, one for each.
void set_controller_targets(Json::Value& settings, const std::vector<std::string>& targets);

// The OpenFlow port of each interface: the number its name ends with, eth1 is port 1, unless
// ofport_request is given; those without a number, or whose number is taken, get the first free
// ones, in the order of their names.
[[nodiscard]] std::map<std::string, std::uint32_t> port_numbers(const Node& node);

// What is wrong with such a node, each with what would be right. Empty for other kinds.
[[nodiscard]] std::vector<std::string> switch_problems(const Node& node);

}  // namespace linkfab::fabric
