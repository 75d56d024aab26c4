#include <array>

#include <fmt/format.h>

#include "ubridge/hypervisor.hpp"
#include "ubridge/modules.hpp"

namespace linkfab::ubridge {
namespace {

Reply show_version(Context&, Arguments) {
  return done(std::string(version));
}

Reply list_modules(Context&, Arguments) {
  Reply reply;
  for (const Module& module : modules()) reply.information.emplace_back(module.name);
  return reply;
}

Reply list_commands(Context&, Arguments arguments) {
  const Module* module = find_module(arguments[0]);
  if (module == nullptr)
    return refuse(Code::unknown_module, fmt::format("unknown module '{}'", arguments[0]));
  Reply reply;
  for (const Command& command : module->commands) {
    reply.information.push_back(
        fmt::format("{} (min/max args: {}/{})", command.name, command.least, command.most));
  }
  return reply;
}

Reply reset(Context& context, Arguments) {
  while (!context.bridges.bridges.empty())
    remove_bridge(context, context.bridges.bridges.front().name);
  while (!context.bridges.iol_bridges.empty())
    remove_iol_bridge(context, context.bridges.iol_bridges.front().name);
  return {};
}

Reply close(Context&, Arguments) {
  return {.after = After::close};
}

// The bridges go when the reply is out: see Hypervisor::clear().
Reply stop(Context&, Arguments) {
  return {.after = After::stop};
}

}  // namespace

std::span<const Command> hypervisor_commands() {
  static constexpr std::array commands{
      Command{"stop", 0, 0, stop},
      Command{"close", 0, 0, close},
      Command{"reset", 0, 0, reset},
      Command{"cmd_list", 1, 1, list_commands},
      Command{"module_list", 0, 0, list_modules},
      Command{"version", 0, 0, show_version},
  };
  return commands;
}

}  // namespace linkfab::ubridge
