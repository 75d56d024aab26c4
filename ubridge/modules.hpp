// The command tables of the five modules, in the order of cmd_list: the last that ubridge defines
// comes first. Each is in <module>_module.cpp, the bridge module's filters and captures apart.
#pragma once

#include <span>
#include <string>

#include "ubridge/command.hpp"

namespace linkfab::ubridge {

[[nodiscard]] std::span<const Command> hypervisor_commands();
[[nodiscard]] std::span<const Command> bridge_commands();
[[nodiscard]] std::span<const Command> docker_commands();
[[nodiscard]] std::span<const Command> iol_bridge_commands();
[[nodiscard]] std::span<const Command> brctl_commands();

// Whole bridges away, with all that they have. What cannot be undone is logged and forgotten.
void remove_bridge(Context& context, const std::string& name);
void remove_iol_bridge(Context& context, const std::string& name);

// Of the bridge module, in bridge_filters.cpp.
Reply bridge_start_capture(Context& context, Arguments arguments);
Reply bridge_stop_capture(Context& context, Arguments arguments);
Reply bridge_add_packet_filter(Context& context, Arguments arguments);
Reply bridge_delete_packet_filter(Context& context, Arguments arguments);
Reply bridge_reset_packet_filters(Context& context, Arguments arguments);
Reply bridge_set_pcap_filter(Context& context, Arguments arguments);

// Of the iol_bridge module, in iol_ports.cpp.
Reply iol_add_nio_udp(Context& context, Arguments arguments);
Reply iol_delete_nio_udp(Context& context, Arguments arguments);
Reply iol_start_capture(Context& context, Arguments arguments);
Reply iol_stop_capture(Context& context, Arguments arguments);
Reply iol_add_packet_filter(Context& context, Arguments arguments);
Reply iol_delete_packet_filter(Context& context, Arguments arguments);
Reply iol_reset_packet_filters(Context& context, Arguments arguments);

[[nodiscard]] Reply no_bridge(const std::string& name);

// A name, a type and its arguments, with a list that has no filter of that name yet. None, and a
// line in the log, where they make none.
[[nodiscard]] std::optional<std::vector<Filter>> with_filter(const Context& context,
                                                             std::vector<Filter> filters,
                                                             Arguments arguments);

// The list without that filter; none where it has no such.
[[nodiscard]] std::optional<std::vector<Filter>> without_filter(std::vector<Filter> filters,
                                                                const std::string& name);

// Ethernet, with a line in the log, where the name is unknown.
[[nodiscard]] LinkType capture_link_type(const Context& context, Arguments name);

}  // namespace linkfab::ubridge
