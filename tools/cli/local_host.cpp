#include "tools/cli/local_host.hpp"

#include <fmt/format.h>

#include "fabric/lookup.hpp"

namespace linkfab::cli {
namespace {

bool is_here(const fabric::Host& host, const fabric::Paths& paths) {
  const auto* machine = fabric::lookup(host.capabilities, "machine");
  const auto* directory = fabric::lookup(host.capabilities, "run_dir");
  return machine != nullptr && *machine == fabric::this_machine() && directory != nullptr &&
         *directory == paths.run_dir;
}

}  // namespace

std::optional<fabric::Host> local_host(const fabric::Hosts& hosts, const Invocation& invocation) {
  for (const auto& [name, host] : hosts)
    if (is_here(host, invocation.paths)) return host;
  if (hosts.size() != 1 || hosts.begin()->second.capabilities.contains("machine"))
    return std::nullopt;
  return hosts.begin()->second;
}

Result<void> check_here(const std::string& attempt, const std::string& node,
                        const std::string& host, const std::optional<fabric::Host>& local) {
  if (host.empty() || (local && local->name == host)) return {};
  return failure(Errc::refused, attempt,
                 fmt::format("node {} is on host {}; run this there", node, host));
}

}  // namespace linkfab::cli
