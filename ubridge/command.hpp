// The commands there are, by module, and which of them a line means.
//
// Order is part of the protocol: module_list and cmd_list show it. Counts are of the arguments
// after module and command.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "ubridge/bridge.hpp"
#include "ubridge/effects.hpp"
#include "ubridge/line.hpp"
#include "ubridge/reply.hpp"

namespace linkfab::ubridge {

using Log = std::function<void(const std::string& line)>;
using Arguments = std::span<const std::string>;

// What a command works on.
struct Context {
  Bridges& bridges;
  Effects& effects;
  const Log& log;

  // Did it succeed? The reason why not goes to the log.
  template <class T>
  [[nodiscard]] bool succeeded(const Result<T>& result) const {
    if (!result) log(format(result.error()));
    return result.has_value();
  }
};

struct Command {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  Reply (*run)(Context&, Arguments);
};

struct Module {
  std::string_view name;
  std::span<const Command> commands;
};

[[nodiscard]] std::span<const Module> modules();
[[nodiscard]] const Module* find_module(std::string_view name);  // null where there is none

// The command that tokens mean, or the reply that says why they mean none.
[[nodiscard]] std::expected<const Command*, Reply> find_command(const Tokens& tokens);

}  // namespace linkfab::ubridge
