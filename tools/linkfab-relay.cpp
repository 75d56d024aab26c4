// Carries tunnels between ports of the fabric and UDP; see gateway/relay.hpp.
#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

#include "core/descriptor_limit.hpp"
#include "core/fd.hpp"
#include "core/log.hpp"
#include "core/version.hpp"
#include "gateway/relay.hpp"

namespace {

constexpr const char* usage = "usage: linkfab-relay --socket PATH [--log LEVEL] | --version\n";

// The signals that end it, as something to read.
linkfab::Fd signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return linkfab::Fd{::signalfd(-1, &set, SFD_CLOEXEC)};
}

int serve(const std::string& path) {
  linkfab::raise_descriptor_limit();  // a tunnel takes two
  const linkfab::Fd stop = signals();
  auto relay = linkfab::gateway::Relay::listen(path);
  if (!relay) {
    linkfab::log::error(format(relay.error()));
    return 1;
  }
  const auto ended = relay->run(stop);
  (void)::unlink(path.c_str());
  if (ended) return 0;
  linkfab::log::error(format(ended.error()));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  std::string socket;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (arguments[i] == "--version")
      return std::printf("linkfab-relay %s\n", linkfab::project_version) < 0 ? 1 : 0;
    if (arguments[i] == "--help") return std::fputs(usage, stdout) < 0 ? 1 : 0;
    const std::string value = i + 1 < arguments.size() ? arguments[i + 1] : "";
    if (arguments[i] == "--socket") {
      socket = value;
    } else if (arguments[i] != "--log" || !linkfab::log::set_level(value)) {
      socket.clear();
      break;
    }
  }
  if (!socket.empty()) return serve(socket);
  std::fputs(usage, stderr);
  return 2;
}
