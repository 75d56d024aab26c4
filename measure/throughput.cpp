#include "measure/throughput.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "measure/datagram_count.hpp"
#include "measure/socket_pair.hpp"

namespace linkfab::measure {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t chunk = 128 << 10;
constexpr nanoseconds tick = 50ms;  // how late a thread may notice that it is over
// How long the last datagrams are waited for, and how long while none comes.
constexpr nanoseconds longest_drain = 5s;
constexpr nanoseconds silence = 1s;
constexpr nanoseconds progress_interval = 200ms;
// A sender that was held up makes up for so much.
constexpr nanoseconds longest_burst = 50ms;
constexpr int datagram_buffer = 8 << 20;

nanoseconds since_epoch(Clock::time_point time) {
  return time.time_since_epoch();
}

// Neither waits longer than a tick for the other end.
void set_patience(const SocketPair& pair) {
  const timeval patience{.tv_sec = 0, .tv_usec = tick / 1us};
  ::setsockopt(pair.sender.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(pair.receiver.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

// One direction: a thread that sends and one that receives.
class Stream {
 public:
  Stream(SocketPair pair, const ThroughputOptions& options, int family)
      : pair_(std::move(pair)), options_(options), family_(family) {
    set_patience(pair_);
    if (options.udp)
      ::setsockopt(pair_.receiver.get(), SOL_SOCKET, SO_RCVBUFFORCE, &datagram_buffer,
                   sizeof datagram_buffer);
  }

  void start() {
    start_ = Clock::now();
    result_.time = options_.time;
    receiver_ = std::async(std::launch::async,
                           [this] { return options_.udp ? receive_datagrams() : receive(); });
    sender_ =
        std::async(std::launch::async, [this] { return options_.udp ? send_datagrams() : send(); });
  }

  [[nodiscard]] bool has_sent_within(nanoseconds limit) const {
    return sender_.wait_for(limit) == std::future_status::ready;
  }

  Throughput finish() {
    sender_.get();
    sending_ = false;
    receiver_.get();
    result_.datagrams.sent = sent_;
    result_.datagrams.size = datagram_size_;
    return result_;
  }

 private:
  void send() {
    const std::vector<std::uint8_t> data(chunk);
    while (Clock::now() - start_ < options_.time) {
      const auto sent = ::send(pair_.sender.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) break;
    }
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(pair_.sender.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return;
    result_.retransmits = info.tcpi_total_retrans;
    result_.round_trip = std::chrono::microseconds(info.tcpi_rtt);
  }

  void receive() {
    std::vector<std::uint8_t> data(chunk);
    for (;;) {
      const auto size = ::recv(pair_.receiver.get(), data.data(), data.size(), 0);
      if (Clock::now() - start_ >= options_.time) return;
      if (size > 0) result_.bytes += static_cast<std::uint64_t>(size);
      if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return;
    }
  }

  // As much as goes into one packet.
  [[nodiscard]] std::size_t largest_datagram() const {
    int mtu = 0;
    socklen_t size = sizeof mtu;
    const bool six = family_ == AF_INET6;
    if (::getsockopt(pair_.sender.get(), six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MTU : IP_MTU,
                     &mtu, &size) != 0)
      mtu = 1280;
    const int headers = (six ? 40 : 20) + 8;
    return std::max(static_cast<std::size_t>(std::max(mtu - headers, 0)), datagram_head_size);
  }

  void send_datagrams() {
    datagram_size_ = largest_datagram();
    Bytes datagram(datagram_size_);
    constexpr double bits = 8e9;
    const nanoseconds interval(static_cast<std::int64_t>(
        bits * static_cast<double>(datagram_size_) / static_cast<double>(options_.rate.value)));
    auto due = start_;
    for (auto now = start_; now - start_ < options_.time; now = Clock::now()) {
      if (due > now) {
        std::this_thread::sleep_until(due);
        continue;
      }
      const auto head = encode(DatagramHead{.number = sent_, .sent = since_epoch(now)});
      std::ranges::copy(head, datagram.begin());
      if (::send(pair_.sender.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0) ++sent_;
      due = std::max(due + interval, now - longest_burst);
    }
  }

  void receive_datagrams() {
    Bytes datagram(std::size_t{1} << 16U);
    DatagramCount count;
    std::optional<Clock::time_point> first;
    auto last = Clock::now();
    const auto latest = start_ + options_.time + longest_drain;
    for (;;) {
      const auto size = ::recv(pair_.receiver.get(), datagram.data(), datagram.size(), 0);
      const auto now = Clock::now();
      if (size > 0) {
        last = now;
        const ByteView whole(datagram.data(), static_cast<std::size_t>(size));
        const auto head = decode_datagram_head(whole);
        if (!head) continue;
        if (!first) first = now;
        const auto before = count.result().received;
        count.add(*head, since_epoch(now));
        if (count.result().received > before && now - *first < options_.time)
          result_.bytes += whole.size();
      }
      const auto wait = first ? silence : longest_drain;
      if (now > latest || (!sending_ && now - last > wait)) break;
    }
    result_.datagrams = count.result();
  }

  SocketPair pair_;
  const ThroughputOptions& options_;
  int family_;
  Clock::time_point start_;
  std::atomic<bool> sending_ = true;
  // Each member of the result is written by one of the threads.
  Throughput result_;
  std::uint64_t sent_ = 0;
  std::size_t datagram_size_ = 0;
  std::future<void> sender_;
  std::future<void> receiver_;
};

}  // namespace

double Throughput::bits_per_second() const {
  constexpr double bits = 8;
  return time.count() == 0
             ? 0
             : bits * static_cast<double>(bytes) / std::chrono::duration<double>(time).count();
}

Result<std::vector<Throughput>> measure_throughput(
    const std::vector<Route>& routes, const ThroughputOptions& options,
    const std::function<void(nanoseconds)>& progress) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (const auto& route : routes) {
    auto pair =
        connect_hosts(route.from, route.to, route.address, options.udp ? SOCK_DGRAM : SOCK_STREAM);
    if (!pair) return std::unexpected(pair.error());
    streams.push_back(std::make_unique<Stream>(*std::move(pair), options, route.address.family));
  }
  const auto start = Clock::now();
  for (const auto& stream : streams) stream->start();
  for (const auto& stream : streams)
    while (!stream->has_sent_within(progress_interval)) progress(Clock::now() - start);
  std::vector<Throughput> results;
  for (const auto& stream : streams) results.push_back(stream->finish());
  return results;
}

}  // namespace linkfab::measure
