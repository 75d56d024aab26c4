// The command line of ubridge, read the way getopt reads it.
//
//   -v  -h  -e  -H [ip:]port  -f file  -d level
//
// Options may be joined (-vh) and have their argument joined (-H4242); what is no option is passed
// over, "--" ends them. What asks for a text (-v, -h, -e) is done as soon as it is met, so an error
// behind it is never seen, and one before it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace linkfab::ubridge {

enum class Action { run, show_version, show_usage, list_devices };

struct ControlAddress {
  std::string host = "";  // none: every address
  int port = 4242;
  bool operator==(const ControlAddress&) const = default;
};

// Split at the last colon, so that ::1:4778 is an IPv6 address. Port 0 or no number is 4242.
[[nodiscard]] ControlAddress parse_control_address(std::string_view text);

struct Options {
  Action action = Action::run;
  std::optional<ControlAddress> control = {};  // hypervisor mode
  std::string ini_file = "ubridge.ini";        // the other mode
  int debug_level = 0;                         // 1: a line a frame, 2: a hex dump as well
  bool operator==(const Options&) const = default;
};

// `program` is the name that getopt's message begins with: it is the error's attempt.
[[nodiscard]] Result<Options> parse_options(const std::string& program,
                                            std::span<const std::string> arguments);

[[nodiscard]] std::string_view usage();

}  // namespace linkfab::ubridge
