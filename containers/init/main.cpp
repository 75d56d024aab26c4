// linkfab-init: the first process of a node. What it does stands in containers/init_protocol.hpp.
//
// It runs in any image: linked statically, without exceptions, streams or memory from the heap of
// its own.
#include <sys/prctl.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <poll.h>
#include <unistd.h>

#include "containers/init/arguments.hpp"
#include "containers/init/children.hpp"
#include "containers/init/interface_list.hpp"
#include "containers/init/links.hpp"
#include "containers/init/signals.hpp"

namespace linkfab::init {
namespace {

constexpr std::int64_t patience = 5000;  // milliseconds of waiting without a word

bool ends(int signal) {
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

std::int64_t milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

bool all_up(const InterfaceList& list, const Links& links) {
  auto rest = list.text();
  for (auto name = next_name(rest); !name.empty(); name = next_name(rest))
    if (!links.up(name)) return false;
  return true;
}

void report(const char* file, bool readable, const InterfaceList& list, const Links& links) {
  if (!readable) {
    (void)std::fprintf(stderr, "linkfab-init: waiting for the list of interfaces, %s\n", file);
    return;
  }
  (void)std::fputs("linkfab-init: waiting for interfaces to be there and up:", stderr);
  auto rest = list.text();
  for (auto name = next_name(rest); !name.empty(); name = next_name(rest))
    if (!links.up(name))
      (void)std::fprintf(stderr, " %.*s", static_cast<int>(name.size()), name.data());
  (void)std::fputc('\n', stderr);
}

// Returns 0 when the interfaces are there, or the signal that ended the wait.
int wait_for_interfaces(const char* file, const Signals& signals) {
  static InterfaceList list;
  const Links links;
  const std::int64_t start = milliseconds();
  bool reported = false;
  for (;;) {
    // Forget first and look then: a change between the two is seen or wakes us.
    links.drain();
    const bool readable = list.read(file);
    if (readable && all_up(list, links)) return 0;
    const bool patient = milliseconds() - start < patience;
    if (!patient && !reported) {
      report(file, readable, list, links);
      reported = true;
    }
    std::array<pollfd, 2> events{pollfd{signals.fd(), POLLIN, 0}, pollfd{links.fd(), POLLIN, 0}};
    // The file is looked at again by the clock: a user has only 128 inotify instances, and may have
    // more nodes.
    if (::poll(events.data(), events.size(), patient ? 200 : 1000) <= 0) continue;
    if (events[0].revents == 0) continue;
    const int signal = signals.next();
    int ignored = 0;
    if (signal == SIGCHLD) (void)reap(0, ignored);
    if (ends(signal)) return signal;
  }
}

void stay(const Signals& signals) {
  for (int signal = 0; !ends(signal); signal = signals.next()) {
    int ignored = 0;
    if (signal == SIGCHLD) (void)reap(0, ignored);
  }
}

}  // namespace
}  // namespace linkfab::init

int main(int, char** argv) {
  using namespace linkfab::init;
  const auto arguments = parse_arguments(*argv == nullptr ? argv : argv + 1);
  if (arguments.wrong != nullptr) {
    (void)std::fprintf(stderr,
                       "linkfab-init: cannot use '%s'\n"
                       "usage: linkfab-init [--interfaces FILE] [--] [COMMAND [ARG...]]\n",
                       arguments.wrong);
    return 2;
  }
  const Signals signals;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // orphans come to us even where we are not process 1
  if (arguments.interfaces != nullptr) {
    const int ended_by = wait_for_interfaces(arguments.interfaces, signals);
    if (ended_by != 0) return arguments.command == nullptr ? 0 : 128 + ended_by;
  }
  if (arguments.command != nullptr) return run(arguments.command, signals);
  stay(signals);
  return 0;
}
