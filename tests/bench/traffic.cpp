// Small datagrams over one link: how many a second, and how long one takes there and back.
//
//   bench_traffic serve ADDRESS PORT EVERY                 answers every EVERYth datagram for ever
//   bench_traffic send ADDRESS PORT EVERY WINDOW SECONDS   keeps WINDOW of them on their way
//   bench_traffic count ADDRESS PORT                       counts until a second without any
//   bench_traffic pace ADDRESS PORT RATE SECONDS           sends RATE a second
//
// The last two print "received DATAGRAMS" and "sent DATAGRAMS". `send` prints "rate
// PACKETS_A_SECOND" and "round_trip MICROSECONDS", the median from sending EVERY datagrams of 64
// bytes to their answer. A window of 1 with EVERY 1 is a ping-pong. Nothing may be lost: a second
// without an answer is an error.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "core/fd.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Datagram = std::array<std::uint8_t, 64>;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in endpoint(const char* address, const char* port) {
  sockaddr_in it{};
  it.sin_family = AF_INET;
  it.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  if (::inet_pton(AF_INET, address, &it.sin_addr) != 1) throw std::runtime_error("not an address");
  return it;
}

linkfab::Fd open_socket() {
  linkfab::Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) fail("socket");
  const int size = 4 << 20;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  const timeval patience{.tv_sec = 1};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return socket;
}

linkfab::Fd socket_at(const sockaddr_in& here) {
  auto socket = open_socket();
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0)
    fail("bind");
  return socket;
}

linkfab::Fd socket_to(const sockaddr_in& there) {
  auto socket = open_socket();
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0)
    fail("connect");
  return socket;
}

// Datagrams that one system call carries: at a call each, calls would be measured and not the link.
class Batch {
 public:
  explicit Batch(int size)
      : headers_(static_cast<std::size_t>(size)),
        vectors_(headers_.size()),
        datagrams_(headers_.size()) {
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      vectors_[i] = {.iov_base = datagrams_[i].data(), .iov_len = datagrams_[i].size()};
      headers_[i].msg_hdr.msg_iov = &vectors_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
      headers_[i].msg_hdr.msg_name = &peer_;
    }
  }
  void send(int socket) {
    for (auto& header : headers_) header.msg_hdr.msg_namelen = 0;
    const auto count = static_cast<unsigned>(headers_.size());
    for (unsigned sent = 0; sent < count;) {
      const int done = ::sendmmsg(socket, &headers_[sent], count - sent, 0);
      if (done < 0) fail("send");
      sent += static_cast<unsigned>(done);
    }
  }
  // How many there are now, at least one; 0 after a second without any.
  int receive(int socket) {
    for (auto& header : headers_) header.msg_hdr.msg_namelen = sizeof peer_;
    const int count = ::recvmmsg(socket, headers_.data(), static_cast<unsigned>(headers_.size()),
                                 MSG_WAITFORONE, nullptr);
    return std::max(count, 0);
  }
  [[nodiscard]] const sockaddr_in& peer() const { return peer_; }  // of the last one received

 private:
  std::vector<mmsghdr> headers_;
  std::vector<iovec> vectors_;
  std::vector<Datagram> datagrams_;
  sockaddr_in peer_{};
};

void serve(const sockaddr_in& here, int every) {
  const auto socket = socket_at(here);
  Batch batch(every);
  for (int waiting = 0;;) {
    const int count = batch.receive(socket.get());
    if (count == 0) waiting = 0;  // the next sender starts from none
    waiting += count;
    if (waiting < every) continue;
    waiting -= every;
    const std::uint8_t answer = 0;
    const auto* peer = reinterpret_cast<const sockaddr*>(&batch.peer());
    if (::sendto(socket.get(), &answer, sizeof answer, 0, peer, sizeof batch.peer()) < 0)
      fail("answer");
  }
}

void send(const sockaddr_in& there, int every, int window, double seconds) {
  const auto socket = socket_to(there);
  Batch batch(every);
  std::deque<Clock::time_point> batches;  // on their way
  std::vector<double> round_trips;
  const auto start = Clock::now();
  const std::chrono::duration<double> length{seconds};
  while (Clock::now() - start < length) {
    while (static_cast<int>(batches.size()) * every < window) {
      batches.push_back(Clock::now());
      batch.send(socket.get());
    }
    std::uint8_t answer = 0;
    if (::recv(socket.get(), &answer, sizeof answer, 0) < 0)
      fail("a datagram was lost, or nobody answers");
    round_trips.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - batches.front()).count());
    batches.pop_front();
  }
  const std::chrono::duration<double> taken = Clock::now() - start;
  const double rate = static_cast<double>(round_trips.size()) * every / taken.count();
  const auto middle = round_trips.begin() + static_cast<std::ptrdiff_t>(round_trips.size() / 2);
  std::ranges::nth_element(round_trips, middle);
  fmt::print("rate {:.0f}\nround_trip {:.2f}\n", rate, *middle);
}

void count(const sockaddr_in& here) {
  constexpr int at_a_time = 64;
  const auto socket = socket_at(here);
  Batch batch(at_a_time);
  std::int64_t received = 0;
  for (;;) {
    const int some = batch.receive(socket.get());
    received += some;
    if (some == 0 && received > 0) break;
  }
  fmt::print("received {}\n", received);
}

void pace(const sockaddr_in& there, double rate, double seconds) {
  constexpr int at_a_time = 32;
  const auto socket = socket_to(there);
  Batch batch(at_a_time);
  const auto pause =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{at_a_time / rate});
  const auto wanted = static_cast<std::int64_t>(rate * seconds);
  auto next = Clock::now();
  std::int64_t sent = 0;
  for (; sent < wanted; sent += at_a_time, next += pause) {
    std::this_thread::sleep_until(next);
    batch.send(socket.get());
  }
  fmt::print("sent {}\n", sent);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "serve" && argc == 5) {
      serve(endpoint(argv[2], argv[3]), std::atoi(argv[4]));
    } else if (mode == "send" && argc == 7) {
      send(endpoint(argv[2], argv[3]), std::atoi(argv[4]), std::atoi(argv[5]), std::atof(argv[6]));
    } else if (mode == "count" && argc == 4) {
      count(endpoint(argv[2], argv[3]));
    } else if (mode == "pace" && argc == 6) {
      pace(endpoint(argv[2], argv[3]), std::atof(argv[4]), std::atof(argv[5]));
    } else {
      fmt::print(stderr,
                 "usage: bench_traffic serve ADDRESS PORT EVERY | send ADDRESS PORT EVERY WINDOW "
                 "SECONDS | count ADDRESS PORT | pace ADDRESS PORT RATE SECONDS\n");
      return 2;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_traffic: {}\n", error.what());
    return 1;
  }
}
