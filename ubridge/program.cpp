#include "ubridge/program.hpp"

#include <csignal>
#include <cstdio>
#include <string_view>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "core/fd.hpp"
#include "ubridge/devices.hpp"
#include "ubridge/hypervisor.hpp"
#include "ubridge/ini_file.hpp"
#include "ubridge/link_type.hpp"
#include "ubridge/server.hpp"

namespace linkfab::ubridge {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// At once: whoever started the program reads its log while it runs.
void say(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

void log_line(const std::string& line) {
  say(stdout, line + "\n");
}

// Runs `on_hangup` at each SIGHUP, `on_end` at the first SIGTERM or SIGINT.
class Signals {
 public:
  Signals(asio::io_context& context, std::function<void()> on_end, std::function<void()> on_hangup)
      : signals_(context, SIGTERM, SIGINT, SIGHUP),
        on_end_(std::move(on_end)),
        on_hangup_(std::move(on_hangup)) {
    wait();
  }

 private:
  void wait() {
    signals_.async_wait([this](error_code error, int number) {
      if (error) return;
      if (number != SIGHUP) return on_end_();
      on_hangup_();
      wait();
    });
  }

  asio::signal_set signals_;
  std::function<void()> on_end_;
  std::function<void()> on_hangup_;
};

void serve(asio::io_context& context, Hypervisor& hypervisor, const ControlAddress& address) {
  Server server(context.get_executor(), hypervisor);
  if (const auto listening = server.listen(address); !listening) {
    say(stderr, format(listening.error()) + "\n");
    return;
  }
  server.on_stop = [&] { context.stop(); };
  const Signals signals(context, server.on_stop, [] {});
  log_line(fmt::format("Hypervisor TCP control server started ({}port {}).",
                       address.host.empty() ? "" : fmt::format("IP {} ", address.host),
                       address.port));
  context.run();
  log_line("Hypervisor: closing control sockets.");
  server.close_control();
  log_line("Hypervisor: closing remote client connections.");
  server.close_clients();
  hypervisor.clear();
  log_line("Hypervisor: stopped.");
}

// The bridges of the file, as far as they can be made. False where it cannot be read.
bool load(Hypervisor& hypervisor, const std::string& file) {
  const auto text = read_file(file);
  if (!text) {
    say(stderr, fmt::format("iniparser: cannot open {}\n", file));
    return false;
  }
  const auto sections = parse_ini(*text);
  if (!sections) {
    say(stderr, fmt::format("iniparser: {}: {}\n", file, format(sections.error())));
    return false;
  }
  for (const IniSection& section : *sections) {
    const auto bridge = read_bridge(section);
    if (!bridge) {
      log_line(format(bridge.error()));
      continue;
    }
    for (const Tokens& command : commands(*bridge)) {
      const Reply reply = hypervisor.execute(command);
      if (reply.code == Code::ok) continue;
      log_line(reply.text);
      break;
    }
  }
  return true;
}

void run_file(asio::io_context& context, Hypervisor& hypervisor, const std::string& file) {
  if (!load(hypervisor, file)) return;
  const Signals signals(
      context, [&] { context.stop(); },
      [&] {
        hypervisor.clear();
        if (!load(hypervisor, file)) context.stop();
      });
  context.run();
  hypervisor.clear();
}

int show(const Options& options) {
  if (options.action == Action::show_version) {
    say(stdout, fmt::format("ubridge version {}\n", version));
  } else if (options.action == Action::show_usage) {
    say(stdout, usage());
  } else if (const auto devices = list_devices()) {
    say(stdout, *devices);
  } else {
    say(stderr, format(devices.error()) + "\n");
    return 1;
  }
  return 0;
}

}  // namespace

int run_program(std::span<const std::string> arguments, const MakeEffects& make) {
  const std::string name = arguments.empty() ? "ubridge" : arguments.front();
  const auto options = parse_options(name, arguments.empty() ? arguments : arguments.subspan(1));
  if (!options) {
    say(stderr, format(options.error()) + "\n");
    return 1;
  }
  if (options->action != Action::run) return show(*options);
  (void)std::signal(SIGPIPE, SIG_IGN);
  log_line(fmt::format("uBridge version {} running with {}", version, libpcap_version()));
  asio::io_context context(1);
  const auto effects = make(context.get_executor(), *options, log_line);
  Hypervisor hypervisor(*effects, log_line);
  if (options->control) {
    serve(context, hypervisor, *options->control);
  } else {
    run_file(context, hypervisor, options->ini_file);
  }
  return 0;
}

}  // namespace linkfab::ubridge
