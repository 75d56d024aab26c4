// The configuration file of ubridge without a hypervisor: one section a bridge, whose keys are two
// NIOs and what is to be captured.
//
//   [bridge0]                        ; the bridge's name
//   source_tap = tap0                ; source_ and destination_ udp, unix, ethernet, tap, linux_raw
//   destination_udp = 10000:127.0.0.1:10001
//   pcap_file = "/tmp/b0.pcap"
//   pcap_protocol = EN10MB
//   pcap_filter = "not arp"          ; for an ethernet NIO
//
// The dialect is iniparser's: comments from ; or #, keys in any case, values in one or two quotes,
// \ at a line's end continues it, the last of several equal keys counts. It is read here and not by
// libiniparser because that one writes what it finds wrong to stderr from inside, knows files only,
// and turns bridge names into lower case.
//
// `destination_linux_raw` makes a destination; in ubridge 0.9.19 it overwrites the source.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ubridge/line.hpp"
#include "ubridge/nio.hpp"

namespace linkfab::ubridge {

struct IniSection {
  std::string name;
  std::map<std::string, std::string> values;  // keys in lower case
  bool operator==(const IniSection&) const = default;
};

// In the order of the file. An error names the first line that is neither section nor key.
[[nodiscard]] Result<std::vector<IniSection>> parse_ini(std::string_view text);

struct IniBridge {
  std::string name;
  Nio source;
  Nio destination;
  std::optional<std::string> pcap_file = {};
  std::optional<std::string> pcap_protocol = {};
  std::optional<std::string> pcap_filter = {};
  bool operator==(const IniBridge&) const = default;
};

// An error where it lacks a NIO, has two for one end, or one that cannot be read.
[[nodiscard]] Result<IniBridge> read_bridge(const IniSection& section);

// The commands of the hypervisor that make and start the bridge.
[[nodiscard]] std::vector<Tokens> commands(const IniBridge& bridge);

}  // namespace linkfab::ubridge
