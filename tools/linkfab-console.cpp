// linkfab-console [--privileged] SOCKET COMMAND [ARGUMENT...]: a command on a terminal that is
// served on a Unix socket (containers/console_server.hpp). Started by root, the command runs as a
// user without rights (containers/unprivileged_user.hpp), unless it is to keep them. The exit
// status is the command's; 127 where it cannot be executed.
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "containers/console_server.hpp"
#include "containers/unprivileged_user.hpp"

int main(int count, char** words) try {
  std::vector<std::string> arguments(words + 1, words + count);
  const bool privileged = !arguments.empty() && arguments.front() == "--privileged";
  if (privileged) arguments.erase(arguments.begin());
  if (arguments.size() < 2) {
    std::fprintf(stderr, "usage: linkfab-console [--privileged] SOCKET COMMAND [ARGUMENT...]\n");
    return 2;
  }
  const auto socket = arguments.front();
  arguments.erase(arguments.begin());
  boost::asio::io_context context(1);
  linkfab::containers::ConsoleServer server(context, socket);
  const auto user = privileged ? std::nullopt : linkfab::containers::unprivileged_user();
  if (const auto started = server.start(arguments, user); !started) {
    std::fprintf(stderr, "linkfab-console: %s\n", format(started.error()).c_str());
    return 127;
  }
  return server.run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "linkfab-console: %s\n", error.what());
  return 1;
}
