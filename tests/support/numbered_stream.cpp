#include "tests/support/numbered_stream.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cstring>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <sched.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "core/fd.hpp"

namespace linkfab::test {
namespace {

constexpr std::uint16_t ethertype = 0x88b6;  // IEEE Std 802's second local experimental one
constexpr std::size_t frame_size = 100;
constexpr std::size_t number_place = 14;
constexpr int buffer = 64 << 20;

int must(int result, const std::string& attempt) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), attempt);
  return result;
}

// Of the namespace, which the calling thread enters for good.
Fd open_socket(const StreamEnd& end, bool receive) {
  const Fd netns{must(::open(end.netns.c_str(), O_RDONLY | O_CLOEXEC), "open " + end.netns)};
  must(::setns(netns.get(), CLONE_NEWNET), "enter " + end.netns);
  Fd fd{must(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "open a packet socket")};
  const int on = 1;
  if (receive) {
    must(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer),
         "set a buffer");
    must(::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), "ask for times");
    must(::setsockopt(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on), "ignore own");
  } else {
    must(::setsockopt(fd.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on), "pass by qdisc");
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = receive ? htons(ethertype) : 0;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(end.interface.c_str()));
  must(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
       "bind to " + end.interface);
  return fd;
}

nanoseconds time_of(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

std::optional<ArrivedFrame> receive(const Fd& fd) {
  std::array<std::uint8_t, 2048> bytes{};
  alignas(cmsghdr) std::array<char, 256> control{};
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto size = ::recvmsg(fd.get(), &message, MSG_DONTWAIT);
  if (size < static_cast<ssize_t>(number_place + 4)) return std::nullopt;
  ArrivedFrame frame;
  std::memcpy(&frame.number, &bytes[number_place], sizeof frame.number);
  for (auto* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(each), sizeof stamp);
    frame.time = time_of(stamp);
  }
  return frame;
}

}  // namespace

nanoseconds wall_clock() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time_of(time);
}

struct NumberedStream::Work {
  StreamEnd from;
  StreamEnd to;
  nanoseconds interval{};
  std::vector<SentFrame> sent;
  std::vector<ArrivedFrame> arrived;
  std::atomic<bool> sending = true;
  std::atomic<bool> receiving = true;
  std::atomic<bool> ready = false;
  std::exception_ptr failed;
  std::thread receiver;
  std::thread sender;

  void send_all() {
    const Fd fd = open_socket(from, false);
    std::array<std::uint8_t, frame_size> frame{};
    std::fill_n(frame.begin(), 6, std::uint8_t{0xff});
    frame[6] = 2;
    frame[12] = ethertype >> 8U;
    frame[13] = ethertype & 0xffU;
    for (auto due = wall_clock(); sending; due += interval) {
      const auto left = due - wall_clock();
      if (left.count() > 0) std::this_thread::sleep_for(left);
      const auto number = static_cast<std::uint32_t>(sent.size());
      std::memcpy(&frame[number_place], &number, sizeof number);
      SentFrame times{.before = wall_clock()};
      must(static_cast<int>(::send(fd.get(), frame.data(), frame.size(), 0)), "send a frame");
      times.after = wall_clock();
      sent.push_back(times);
    }
  }

  void receive_all() {
    const Fd fd = open_socket(to, true);
    ready = true;
    while (receiving) {
      // The kernel keeps the times: one need not wake up for each.
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      while (const auto frame = receive(fd)) arrived.push_back(*frame);
    }
  }

  template <class Do>
  std::thread start(Do what) {
    return std::thread([this, what] {
      try {
        what();
      } catch (...) {
        failed = std::current_exception();
        ready = true;
      }
    });
  }
};

NumberedStream::NumberedStream(const StreamEnd& from, const StreamEnd& to, double frames_per_second)
    : work_(std::make_unique<Work>()) {
  work_->from = from;
  work_->to = to;
  work_->interval = nanoseconds(static_cast<std::int64_t>(1e9 / frames_per_second));
  work_->receiver = work_->start([work = work_.get()] { work->receive_all(); });
  while (!work_->ready) std::this_thread::yield();
  work_->sender = work_->start([work = work_.get()] { work->send_all(); });
}

NumberedStream::~NumberedStream() {
  work_->sending = work_->receiving = false;
  if (work_->sender.joinable()) work_->sender.join();
  if (work_->receiver.joinable()) work_->receiver.join();
}

void NumberedStream::stop(nanoseconds longest) {
  work_->sending = false;
  work_->sender.join();
  std::this_thread::sleep_for(longest);
  work_->receiving = false;
  work_->receiver.join();
  if (work_->failed) std::rethrow_exception(work_->failed);
}

const std::vector<SentFrame>& NumberedStream::sent() const {
  return work_->sent;
}

const std::vector<ArrivedFrame>& NumberedStream::arrived() const {
  return work_->arrived;
}

}  // namespace linkfab::test
