// linkfab-console SOCKET COMMAND [ARGUMENT...]: a command on a terminal that is served on a Unix
// socket (containers/console_server.hpp). The exit status is the command's; 127 where it cannot be
// executed.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "containers/console_server.hpp"

int main(int count, char** words) try {
  if (count < 3) {
    std::fprintf(stderr, "usage: linkfab-console SOCKET COMMAND [ARGUMENT...]\n");
    return 2;
  }
  boost::asio::io_context context(1);
  linkfab::containers::ConsoleServer server(context, words[1]);
  if (const auto started = server.start({words + 2, words + count}); !started) {
    std::fprintf(stderr, "linkfab-console: %s\n", format(started.error()).c_str());
    return 127;
  }
  return server.run();
} catch (const std::exception& error) {
  std::fprintf(stderr, "linkfab-console: %s\n", error.what());
  return 1;
}
