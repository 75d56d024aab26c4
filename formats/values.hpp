// Values of other programs in linkfab's terms. What a source says wrongly is wrong at its item.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/topology.hpp"
#include "formats/element.hpp"

namespace linkfab::formats {

// `key` of the impairment by its text in linkfab's own notation.
void set_impairment(const Item& at, fabric::Impairment& impairment, std::string_view key,
                    const std::string& value);
// Of a number in units of so many nanoseconds; 0 is none.
void set_delay(const Item& at, fabric::Impairment& impairment, std::string_view key,
               double nanoseconds_each);
void set_percent(const Item& at, fabric::Impairment& impairment, std::string_view key);
void set_rate(const Item& at, fabric::Impairment& impairment, double bits_each);  // a second

// "10.0.0.1/24", canonical, added to the interface once.
void add_address(const Item& at, fabric::Interface& interface, std::string_view address);
void set_mac(const Item& at, fabric::Interface& interface, std::string_view mac);
// 1500 is what an interface has anyway.
void set_mtu(fabric::Interface& interface, std::uint32_t mtu);
// "512MB", "64M", "1Gib" as a container's memory: "512m".
[[nodiscard]] std::string memory_of(std::string_view text);
void add_route(fabric::Node& node, fabric::Route route);  // once

// Words between blanks, with quotes and backslashes as in a shell. nullopt where a shell would do
// more than split: variables, substitutions, redirections, several commands.
[[nodiscard]] std::optional<std::vector<std::string>> shell_words(std::string_view line);

// A command as a node takes it: its words, or a line for /bin/sh where a shell is needed.
[[nodiscard]] std::vector<std::string> command_of(const std::string& line);

// Does the line just configure addresses, routes, MTUs and MACs of the node as iproute2 or ifconfig
// would? Then it is done to the node instead.
[[nodiscard]] bool configure(fabric::Node& node, std::string_view line);

}  // namespace linkfab::formats
