// Numbered frames through a link, whoever shapes it and at whichever end: what arrives, and when.
//
//   bench_probe FROM_NETNS FROM_IF TO_NETNS TO_IF frames COUNT INTERVAL_US
//   bench_probe FROM_NETNS FROM_IF TO_NETNS TO_IF train COUNT SIZE WAIT_MS
//
// The frames are those of measure/probe_frame.hpp and go through the sender's own queue, as any
// program's do. Times are from just before the frame is handed to the kernel until the receiver's
// device has it, so they hold a system call as well. Prints JSON: for frames `sent`, `lost`,
// `duplicated`, `corrupted`, `arrived` and `delays_ns` (sorted, of each frame's first intact
// arrival); for a train `sent`, `arrived`, `spacing_ns`, the median distance of frames that arrive,
// `sending_ns`, what the sender took for one, and `after_ns`, of each arrival after the first.
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "measure/packet_socket.hpp"
#include "measure/sightings.hpp"
#include "netem/netns.hpp"
#include "tests/bench/task.hpp"

namespace {

using namespace linkfab;
using namespace std::chrono_literals;
using bench::must;
using measure::nanoseconds;
using measure::PacketSocket;

constexpr std::size_t frame_size = 128;

Fd open_sender(const std::string& netns, const std::string& interface) {
  const auto entered = must(netem::open_netns(netns));
  const auto inside = netem::EnteredNetns::enter(entered).value();
  Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
  const int room = 16 << 20;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    throw std::runtime_error("no interface " + interface + " in " + netns);
  return fd;
}

PacketSocket open_receiver(const std::string& netns, const std::string& interface) {
  const auto entered = must(netem::open_netns(netns));
  const auto inside = netem::EnteredNetns::enter(entered).value();
  return must(PacketSocket::open(interface, PacketSocket::Use::receive));
}

class Bench {
 public:
  Bench(char** argv)
      : sender_(open_sender(argv[1], argv[2])), receiver_(open_receiver(argv[3], argv[4])) {}

  void frames(std::uint32_t count, nanoseconds interval) {
    measure::Stream stream{.frame_size = frame_size};
    auto due = measure::now();
    std::mt19937 random(1);
    for (std::uint32_t i = 0; i < count; ++i) {
      // Not in step with the tick of the host.
      due += nanoseconds(
          static_cast<std::int64_t>(std::uniform_real_distribution<double>(0.5, 1.5)(random) *
                                    static_cast<double>(interval.count())));
      std::this_thread::sleep_for(due - measure::now());
      due = std::max(due, measure::now());
      const auto frame = measure::encode(probe(i), frame_size);
      stream.sent.push_back(measure::now());
      send(frame);
      take(stream);
    }
    for (const auto end = measure::now() + 800ms; measure::now() < end;) {
      std::this_thread::sleep_for(5ms);
      take(stream);
    }
    const auto seen = measure::count(stream);
    fmt::print(R"({{"sent": {}, "lost": {}, "duplicated": {}, "corrupted": {}, "arrived": {}, )"
               R"("delays_ns": [{:.0f}]}})"
               "\n",
               seen.sent, seen.lost, seen.duplicated, seen.corrupted, seen.arrived,
               fmt::join(seen.delays, ", "));
  }

  void train(std::uint32_t count, std::size_t size, nanoseconds wait) {
    measure::Stream stream{.frame_size = size};
    std::vector<std::vector<std::uint8_t>> frames;
    for (std::uint32_t i = 0; i < count; ++i) frames.push_back(measure::encode(probe(i), size));
    const auto start = measure::now();
    send(frames);
    const auto sending = static_cast<double>((measure::now() - start).count()) / count;
    for (const auto end = measure::now() + wait; measure::now() < end;) {
      std::this_thread::sleep_for(5ms);
      take(stream);
      if (stream.arrivals.size() == count) break;
    }
    const auto& all = stream.arrivals;
    const auto half = all.size() / 2;
    std::vector<double> apart;
    for (std::size_t i = 0; half > 0 && i + half < all.size(); ++i)
      apart.push_back(static_cast<double>((all[i + half].time - all[i].time).count()) /
                      static_cast<double>(half));
    std::ranges::sort(apart);
    std::vector<std::int64_t> after;
    for (const auto& arrival : all) after.push_back((arrival.time - all.front().time).count());
    fmt::print(R"({{"sent": {}, "arrived": {}, "spacing_ns": {:.1f}, "sending_ns": {:.1f}, )"
               R"("after_ns": [{}]}})"
               "\n",
               count, all.size(), apart.empty() ? 0 : apart[apart.size() / 2], sending,
               fmt::join(after, ", "));
  }

 private:
  [[nodiscard]] static measure::Probe probe(std::uint32_t sequence) {
    return {.to = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
            .from = {2, 0, 0, 0, 0, 1},
            .run = static_cast<std::uint64_t>(::getpid()),
            .sequence = sequence};
  }

  void send(const std::vector<std::uint8_t>& frame) const {
    if (::send(sender_.get(), frame.data(), frame.size(), 0) < 0 && errno != ENOBUFS)
      throw std::runtime_error("cannot send");
  }

  void send(std::vector<std::vector<std::uint8_t>>& frames) const {
    std::vector<mmsghdr> messages(frames.size());
    std::vector<iovec> parts(frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      parts[i] = {frames[i].data(), frames[i].size()};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (std::size_t sent = 0; sent < frames.size();) {
      const auto some = ::sendmmsg(sender_.get(), &messages[sent],
                                   static_cast<unsigned>(frames.size() - sent), 0);
      if (some < 0 && errno != ENOBUFS) throw std::runtime_error("cannot send");
      sent += static_cast<std::size_t>(std::max(1, some));
    }
  }

  void take(measure::Stream& stream) {
    while (const auto frame = receiver_.receive()) {
      const auto read = measure::decode_probe(frame->frame);
      if (!read || frame->frame.size() != stream.frame_size) continue;
      stream.arrivals.push_back(
          {read->numbered ? std::optional(read->probe.sequence) : std::nullopt, frame->time,
           read->intact});
    }
  }

  Fd sender_;
  PacketSocket receiver_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 5 ? argv[5] : "";
  if (!(what == "frames" && argc == 8) && !(what == "train" && argc == 9)) {
    fmt::print(stderr,
               "usage: bench_probe FROM_NETNS FROM_IF TO_NETNS TO_IF frames COUNT INTERVAL_US\n"
               "       bench_probe FROM_NETNS FROM_IF TO_NETNS TO_IF train COUNT SIZE WAIT_MS\n");
    return 2;
  }
  try {
    Bench bench(argv);
    const auto count = static_cast<std::uint32_t>(std::atoi(argv[6]));
    if (what == "frames") {
      bench.frames(count, std::chrono::microseconds(std::atoi(argv[7])));
    } else {
      bench.train(count, static_cast<std::size_t>(std::atoi(argv[7])),
                  std::chrono::milliseconds(std::atoi(argv[8])));
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_probe: {}\n", error.what());
    return 1;
  }
}
