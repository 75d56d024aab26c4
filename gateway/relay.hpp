// The relay: one process that carries all tunnels of an instance as far as the kernel's programs do
// not, and holds their UDP ports.
//
// It is told over a Unix stream socket, by root or its own user: a line with the whole list of
// ports (gateway/relay_port.hpp), answered by a line with what is wrong. Ports that stay are not
// touched; nothing else is kept of who asked, so that process may come and go. What cannot be
// opened, or went away, is tried again twice a second.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "gateway/frame_batch.hpp"
#include "gateway/relay_wire.hpp"

namespace linkfab::gateway {

class Relay {
 public:
  // Errc::exists where another relay answers at `path`; what a dead one left is replaced.
  [[nodiscard]] static Result<Relay> listen(const std::string& path);

  // Until `stop` is readable.
  [[nodiscard]] Result<void> run(const Fd& stop);

 private:
  enum class Source : std::uint8_t { stop, listener, client, udp, outer };
  struct Client {
    Fd socket;
    std::string in, out;
  };
  using Key = std::pair<std::string, std::string>;  // namespace, outer end

  Relay(Fd epoll, Fd listener);
  void handle(const epoll_event& event);
  void accept_client();
  [[nodiscard]] bool serve(Client& client, std::uint32_t id, std::uint32_t events);
  [[nodiscard]] std::string answer(const std::string& line);
  [[nodiscard]] RelayErrors change(const std::vector<RelayPort>& ports);
  [[nodiscard]] Result<void> open(std::uint32_t id, RelayWire& wire);
  void open_missing();
  void watch(int fd, Source source, std::uint32_t id, std::uint32_t events, int operation) const;

  Fd epoll_;
  Fd listener_;
  FrameBatch batch_;
  std::uint32_t next_id_ = 1;
  bool stopped_ = false;
  bool missing_ = false;
  std::map<std::uint32_t, Client> clients_;
  std::map<std::uint32_t, RelayWire> wires_;
  std::map<Key, std::uint32_t> ids_;
};

}  // namespace linkfab::gateway
