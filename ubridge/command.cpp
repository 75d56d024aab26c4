#include "ubridge/command.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ubridge/modules.hpp"

namespace linkfab::ubridge {

std::span<const Module> modules() {
  static const std::array all{
      Module{"brctl", brctl_commands()},           Module{"iol_bridge", iol_bridge_commands()},
      Module{"docker", docker_commands()},         Module{"bridge", bridge_commands()},
      Module{"hypervisor", hypervisor_commands()},
  };
  return all;
}

const Module* find_module(std::string_view name) {
  const auto found = std::ranges::find(modules(), name, &Module::name);
  return found == modules().end() ? nullptr : &*found;
}

std::expected<const Command*, Reply> find_command(const Tokens& tokens) {
  if (tokens.size() < 2) {
    return std::unexpected(
        refuse(Code::parse_error, "At least a module and a command must be specified"));
  }
  const Module* module = find_module(tokens[0]);
  if (module == nullptr) {
    return std::unexpected(
        refuse(Code::unknown_module, fmt::format("Unknown module '{}'", tokens[0])));
  }
  const auto command = std::ranges::find(module->commands, tokens[1], &Command::name);
  if (command == module->commands.end()) {
    return std::unexpected(
        refuse(Code::unknown_command, fmt::format("Unknown command '{}'", tokens[1])));
  }
  const std::size_t count = tokens.size() - 2;
  if (count < command->least || count > command->most) {
    return std::unexpected(
        refuse(Code::bad_count, fmt::format("Bad number of parameters ({} with min/max={}/{})",
                                            count, command->least, command->most)));
  }
  return &*command;
}

}  // namespace linkfab::ubridge
