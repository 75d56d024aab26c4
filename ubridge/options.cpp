#include "ubridge/options.hpp"

#include <fmt/format.h>

#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

void take(Options& options, char letter, const std::string& argument) {
  switch (letter) {
    case 'v':
      options.action = Action::show_version;
      return;
    case 'h':
      options.action = Action::show_usage;
      return;
    case 'e':
      options.action = Action::list_devices;
      return;
    case 'H':
      options.control = parse_control_address(argument);
      return;
    case 'f':
      options.ini_file = argument;
      return;
    default:
      options.debug_level = lenient_number(argument);
  }
}

}  // namespace

ControlAddress parse_control_address(std::string_view text) {
  ControlAddress address;
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) address.host = text.substr(0, colon);
  const int port = lenient_number(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (port != 0) address.port = port;
  return address;
}

Result<Options> parse_options(const std::string& program, std::span<const std::string> arguments) {
  constexpr std::string_view flags = "vhe";
  constexpr std::string_view with_argument = "Hfd";
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") break;
    if (word.size() < 2 || word[0] != '-') continue;
    for (std::size_t at = 1; at < word.size(); ++at) {
      const char letter = word[at];
      if (flags.contains(letter)) {
        take(options, letter, {});
        if (options.action != Action::run) return options;
        continue;
      }
      if (!with_argument.contains(letter))
        return failure(Errc::invalid, program, fmt::format("invalid option -- '{}'", letter));
      std::string argument = word.substr(at + 1);
      if (argument.empty()) {
        if (++i == arguments.size()) {
          return failure(Errc::invalid, program,
                         fmt::format("option requires an argument -- '{}'", letter));
        }
        argument = arguments[i];
      }
      take(options, letter, argument);
      break;
    }
  }
  return options;
}

std::string_view usage() {
  return "Usage: ubridge [OPTION]\n"
         "\n"
         "Options:\n"
         "  -h                     : Print this message and exit\n"
         "  -f <FILE>              : Use this configuration file (default: ubridge.ini)\n"
         "  -H [<IP>:]<PORT>       : Run in hypervisor mode\n"
         "  -e                     : Display all available network devices and exit\n"
         "  -d <LEVEL>             : Debug level\n"
         "  -v                     : Print version and exit\n";
}

}  // namespace linkfab::ubridge
