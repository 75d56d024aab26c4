// Carries tunnels between ports of the fabric and UDP, see gateway/relay.hpp, or a switch's control
// channel, see gateway/control_relay.hpp.
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
#include "gateway/control_relay.hpp"
#include "gateway/relay.hpp"

namespace {

constexpr const char* usage =
    "usage: linkfab-relay --socket PATH [--log LEVEL]\n"
    "       linkfab-relay --socket PATH --netns PATH --controller tcp:ADDRESS[:PORT]\n"
    "       linkfab-relay --version\n";

// The signals that end it, as something to read.
linkfab::Fd signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return linkfab::Fd{::signalfd(-1, &set, SFD_CLOEXEC)};
}

template <class Relay>
int serve(const std::string& path, linkfab::Result<Relay> relay) {
  const linkfab::Fd stop = signals();
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

int carry_tunnels(const std::string& path) {
  linkfab::raise_descriptor_limit();  // a tunnel takes two
  return serve(path, linkfab::gateway::Relay::listen(path));
}

int carry_control(const std::string& path, const std::string& netns,
                  const std::string& controller) {
  const auto target = linkfab::gateway::parse_control_target(controller);
  if (!target) {
    linkfab::log::error(format(target.error()));
    return 2;
  }
  return serve(path, linkfab::gateway::ControlRelay::listen(path, netns, *target));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  std::string socket;
  std::string netns;
  std::string controller;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (arguments[i] == "--version")
      return std::printf("linkfab-relay %s\n", linkfab::project_version) < 0 ? 1 : 0;
    if (arguments[i] == "--help") return std::fputs(usage, stdout) < 0 ? 1 : 0;
    const std::string value = i + 1 < arguments.size() ? arguments[i + 1] : "";
    if (arguments[i] == "--socket") {
      socket = value;
    } else if (arguments[i] == "--netns") {
      netns = value;
    } else if (arguments[i] == "--controller") {
      controller = value;
    } else if (arguments[i] != "--log" || !linkfab::log::set_level(value)) {
      socket.clear();
      break;
    }
  }
  if (!socket.empty() && netns.empty() == controller.empty())
    return netns.empty() ? carry_tunnels(socket) : carry_control(socket, netns, controller);
  std::fputs(usage, stderr);
  return 2;
}
