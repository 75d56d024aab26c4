// Payload between two namespaces, checked octet by octet, and pings.
#pragma once

#include "tests/ubridge/kernel.hpp"

namespace linkfab::ubridge::test {

inline sockaddr_in address_of(const std::string& host, int port) {
  sockaddr_in address = loopback(port);
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

inline Fd socket_in(const Fd& netns, int type) {
  const auto inside = EnteredNetns::enter(netns).value();
  Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return socket;
}

// What arrives of so many octets sent over TCP to that address of `to`, as far as it is right.
inline std::size_t tcp_payload(const Fd& from, const Fd& to, const std::string& address,
                               std::size_t size) {
  const Fd listener = socket_in(to, SOCK_STREAM);
  const Fd sender = socket_in(from, SOCK_STREAM);
  const sockaddr_in place = address_of(address, 5000);
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0 ||
      ::listen(listener.get(), 1) != 0 ||
      ::connect(sender.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
    return 0;
  const Fd receiver(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const Bytes sent = frame_of(size);
  std::thread sending([&] {
    std::size_t done = 0;
    while (done < sent.size()) {
      const auto count = ::send(sender.get(), sent.data() + done, sent.size() - done, MSG_NOSIGNAL);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    ::shutdown(sender.get(), SHUT_WR);
  });
  Bytes received(size + 1);
  std::size_t have = 0;
  while (have < received.size()) {
    const auto count = ::recv(receiver.get(), received.data() + have, received.size() - have, 0);
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  ::shutdown(receiver.get(), SHUT_RDWR);
  sending.join();
  const auto right = std::mismatch(sent.begin(), sent.end(), received.begin()).first;
  return std::min(have, static_cast<std::size_t>(right - sent.begin()));
}

// Did the datagram arrive as it was?
inline bool udp_payload(const Fd& from, const Fd& to, const std::string& address,
                        std::size_t size) {
  const Fd receiver = socket_in(to, SOCK_DGRAM);
  const Fd sender = socket_in(from, SOCK_DGRAM);
  const sockaddr_in place = address_of(address, 5000);
  if (::bind(receiver.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
    return false;
  const Bytes sent = frame_of(size);
  (void)::sendto(sender.get(), sent.data(), sent.size(), 0,
                 reinterpret_cast<const sockaddr*>(&place), sizeof place);
  Bytes received(size + 1);
  const auto count = ::recv(receiver.get(), received.data(), received.size(), 0);
  received.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return received == sent;
}

struct Ping {
  int received = 0;
  double shortest = 0;  // milliseconds
};

inline Ping ping(const Container& from, const std::string& address, int count = 3) {
  const std::string text = from.run(fmt::format("ping -n -c {} -i 0.2 -W 1 {}", count, address));
  Ping result;
  const auto loss = text.find(" packets transmitted, ");
  if (loss != std::string::npos)
    (void)std::sscanf(text.c_str() + loss, " packets transmitted, %d received", &result.received);
  const auto times = text.find("min/avg/max");
  if (times != std::string::npos)
    (void)std::sscanf(text.c_str() + text.find('=', times), "= %lf", &result.shortest);
  return result;
}

}  // namespace linkfab::ubridge::test
