#include "gateway/relay.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <unistd.h>

#include "core/log.hpp"
#include "gateway/unix_address.hpp"

namespace linkfab::gateway {
namespace {

constexpr std::size_t longest_request = 64U << 20U;
constexpr int retry_ms = 500;

bool may_ask(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == ::geteuid());
}

}  // namespace

Relay::Relay(Fd epoll, Fd listener) : epoll_(std::move(epoll)), listener_(std::move(listener)) {}

Result<Relay> Relay::listen(const std::string& path) {
  const std::string attempt = "listen at " + path;
  const auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  const auto* where = reinterpret_cast<const sockaddr*>(&*address);
  const Fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(probe.get(), where, sizeof *address) == 0)
    return failure(Errc::exists, attempt, "another relay answers there");
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) (void)::unlink(path.c_str());

  Fd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  Fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  if (!listener || !epoll) return system_failure(attempt);
  const mode_t former = ::umask(0177);
  const int bound = ::bind(listener.get(), where, sizeof *address);
  const int number = errno;
  ::umask(former);
  if (bound != 0) return std::unexpected(system_error(attempt, number));
  if (::listen(listener.get(), 16) != 0) return system_failure(attempt);
  return Relay{std::move(epoll), std::move(listener)};
}

void Relay::watch(int fd, Source source, std::uint32_t id, std::uint32_t events,
                  int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = (static_cast<std::uint64_t>(source) << 32U) | id;
  (void)::epoll_ctl(epoll_.get(), operation, fd, &event);
}

Result<void> Relay::run(const Fd& stop) {
  watch(stop.get(), Source::stop, 0, EPOLLIN, EPOLL_CTL_ADD);
  watch(listener_.get(), Source::listener, 0, EPOLLIN, EPOLL_CTL_ADD);
  auto due = std::chrono::steady_clock::now();
  std::array<epoll_event, 64> events{};
  while (!stopped_) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   missing_ ? retry_ms : -1);
    if (count < 0 && errno != EINTR) return system_failure("wait for frames");
    for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
    if (missing_ && std::chrono::steady_clock::now() >= due) {
      open_missing();
      due = std::chrono::steady_clock::now() + std::chrono::milliseconds{retry_ms};
    }
  }
  return {};
}

void Relay::handle(const epoll_event& event) {
  const auto id = static_cast<std::uint32_t>(event.data.u64);
  switch (static_cast<Source>(event.data.u64 >> 32U)) {
    case Source::stop:
      stopped_ = true;
      return;
    case Source::listener:
      return accept_client();
    case Source::client:
      if (const auto client = clients_.find(id);
          client != clients_.end() && !serve(client->second, id, event.events))
        clients_.erase(client);
      return;
    case Source::udp:
      if (const auto wire = wires_.find(id); wire != wires_.end() && wire->second.udp() >= 0)
        wire->second.from_peer(batch_);
      return;
    case Source::outer:
      if (const auto wire = wires_.find(id); wire != wires_.end() && wire->second.outer() >= 0) {
        if (wire->second.from_fabric(batch_)) return;
        missing_ = true;
        log::warning("outer=" + wire->second.port().outer + " relay: the device went down");
      }
      return;
  }
}

void Relay::accept_client() {
  Fd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!socket) return;
  if (!may_ask(socket.get())) {
    log::warning("relay: refused a request of another user");
    return;
  }
  const std::uint32_t id = next_id_++;
  watch(socket.get(), Source::client, id, EPOLLIN, EPOLL_CTL_ADD);
  clients_[id].socket = std::move(socket);
}

// False: the client is gone, or writes what no agent would.
bool Relay::serve(Client& client, std::uint32_t id, std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    std::array<char, 65536> part{};
    const auto size = ::recv(client.socket.get(), part.data(), part.size(), 0);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return false;
    if (size > 0) client.in.append(part.data(), static_cast<std::size_t>(size));
    if (client.in.size() > longest_request) return false;
  }
  for (auto end = client.in.find('\n'); end != std::string::npos; end = client.in.find('\n')) {
    client.out += answer(client.in.substr(0, end)) + "\n";
    client.in.erase(0, end + 1);
  }
  while (!client.out.empty()) {
    const auto size =
        ::send(client.socket.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0) return false;
    client.out.erase(0, static_cast<std::size_t>(size));
  }
  const std::uint32_t wanted = client.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
  watch(client.socket.get(), Source::client, id, wanted, EPOLL_CTL_MOD);
  return true;
}

// A request that cannot be read changes nothing; its error has no outer end.
std::string Relay::answer(const std::string& line) {
  const auto ports = relay_ports_from_json(line);
  if (!ports) return to_json(RelayErrors{{"", ports.error()}});
  return to_json(change(*ports));
}

RelayErrors Relay::change(const std::vector<RelayPort>& ports) {
  std::map<Key, const RelayPort*> wanted;
  for (const RelayPort& port : ports) wanted[{port.netns, port.outer}] = &port;
  std::erase_if(ids_, [&](const auto& entry) {
    const RelayPort& have = wires_.at(entry.second).port();
    const auto want = wanted.find(entry.first);
    if (want != wanted.end() && want->second->local == have.local &&
        want->second->remote == have.remote)
      return false;
    wires_.erase(entry.second);
    return true;
  });
  RelayErrors errors;
  missing_ = false;
  for (const auto& [key, port] : wanted) {
    const auto [entry, is_new] = ids_.try_emplace(key, 0);
    if (is_new) {
      entry->second = next_id_++;
      wires_.emplace(entry->second, RelayWire{*port});
    }
    RelayWire& wire = wires_.at(entry->second);
    if (wire.port().longer_than != port->longer_than) wire.set_longer_than(port->longer_than);
    if (const auto opened = open(entry->second, wire); !opened) {
      errors[port->outer] = opened.error();
    }
    missing_ = missing_ || !wire.whole();
  }
  return errors;
}

// Closed descriptors have left the epoll set by themselves.
Result<void> Relay::open(std::uint32_t id, RelayWire& wire) {
  auto opened = wire.open();
  for (const auto& [fd, source] :
       {std::pair{wire.udp(), Source::udp}, std::pair{wire.outer(), Source::outer}}) {
    if (fd >= 0) watch(fd, source, id, EPOLLIN, EPOLL_CTL_ADD);  // EEXIST: watched already
  }
  return opened;
}

void Relay::open_missing() {
  missing_ = false;
  for (auto& [id, wire] : wires_) {
    if (wire.whole()) continue;
    if (open(id, wire) && wire.whole())
      log::info("outer=" + wire.port().outer + " relay: open again");
    else
      missing_ = true;
  }
}

}  // namespace linkfab::gateway
