#include "ubridge/hypervisor.hpp"

#include <utility>

namespace linkfab::ubridge {

Hypervisor::Hypervisor(Effects& effects, Log log) : effects_(effects), log_(std::move(log)) {}

Reply Hypervisor::execute(std::string_view line) {
  const auto tokens = tokenize(line);
  if (!tokens) return refuse(Code::parse_error, format(tokens.error()));
  return execute(*tokens);
}

Reply Hypervisor::execute(const Tokens& tokens) {
  const auto command = find_command(tokens);
  if (!command) return command.error();
  Context context{.bridges = bridges_, .effects = effects_, .log = log_};
  return (*command)->run(context, Arguments(tokens).subspan(2));
}

void Hypervisor::clear() {
  execute(Tokens{"hypervisor", "reset"});
}

}  // namespace linkfab::ubridge
