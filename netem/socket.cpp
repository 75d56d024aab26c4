#include "netem/socket.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <utility>

#include "netem/ack.hpp"
#include "netem/attributes.hpp"

namespace linkfab::netem {
namespace {

constexpr int buffer_bytes = 1 << 20;  // of each direction; the kernel doubles it
constexpr std::size_t most_messages =
    512;  // in one batch; an iovec each, the kernel's limit is 1024
constexpr std::size_t most_batch_bytes = 1 << 19;  // in one batch; well inside the send buffer
constexpr std::size_t ack_footprint =
    2048;                               // generous: what one queued ack takes of the receive buffer
constexpr std::size_t ack_bytes = 512;  // an ack with the longest text that the kernel has
constexpr std::size_t acks_a_call = 64;
constexpr std::size_t dump_bytes = 1 << 16;  // the kernel fills at most 32 KiB at once
constexpr int dump_tries = 20;

// Beyond the system-wide limit where we may (CAP_NET_ADMIN), up to it where we may not.
void enlarge(int fd, int forced, int ordinary) {
  if (::setsockopt(fd, SOL_SOCKET, forced, &buffer_bytes, sizeof buffer_bytes) == 0) return;
  (void)::setsockopt(fd, SOL_SOCKET, ordinary, &buffer_bytes, sizeof buffer_bytes);
}

std::size_t acks_that_fit(int fd) {
  int size = 0;
  socklen_t length = sizeof size;
  if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length) != 0 || size < 0) return 1;
  return std::clamp<std::size_t>(static_cast<std::size_t>(size) / ack_footprint, 1, most_messages);
}

Result<void> send_all(int fd, std::span<iovec> parts, const std::string& attempt) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  msghdr datagram{};
  datagram.msg_name = &kernel;
  datagram.msg_namelen = sizeof kernel;
  datagram.msg_iov = parts.data();
  datagram.msg_iovlen = parts.size();
  while (::sendmsg(fd, &datagram, 0) < 0) {
    if (errno != EINTR) return system_failure(attempt);
  }
  return {};
}

// Reads acks, many with one call, and gives each to `take` until it says that the last one was
// there.
Result<void> receive_acks(int fd, std::size_t expected,
                          const std::function<bool(const nlmsghdr&)>& take) {
  const std::size_t slots = std::min(expected, acks_a_call);
  struct alignas(nlmsghdr) Buffer : std::array<std::uint8_t, ack_bytes> {};
  std::vector<Buffer> buffers(slots);
  std::vector<iovec> parts(slots);
  std::vector<mmsghdr> datagrams(slots);
  for (std::size_t i = 0; i < slots; ++i) {
    parts[i] = {buffers[i].data(), ack_bytes};
    datagrams[i].msg_hdr.msg_iov = &parts[i];
    datagrams[i].msg_hdr.msg_iovlen = 1;
  }
  for (bool last = false; !last;) {
    const int count =
        ::recvmmsg(fd, datagrams.data(), static_cast<unsigned>(slots), MSG_WAITFORONE, nullptr);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("read the kernel's acknowledgements");
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      // A truncated one is still an answer: waiting for it again would be for ever.
      auto& header = *reinterpret_cast<nlmsghdr*>(buffers[i].data());
      header.nlmsg_len = std::min(header.nlmsg_len, datagrams[i].msg_len);
      for_each_message({buffers[i].data(), datagrams[i].msg_len},
                       [&](const nlmsghdr& message) { last = take(message) || last; });
    }
  }
  return {};
}

}  // namespace

Result<Socket> Socket::route() {
  return open(NETLINK_ROUTE);
}

Result<Socket> Socket::generic() {
  return open(NETLINK_GENERIC);
}

Result<Socket> Socket::open(int protocol) {
  Fd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)};
  if (!fd) return system_failure("open a netlink socket");
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) {
    return system_failure("bind a netlink socket");
  }
  enlarge(fd.get(), SO_RCVBUFFORCE, SO_RCVBUF);
  enlarge(fd.get(), SO_SNDBUFFORCE, SO_SNDBUF);
  // What an older kernel has not is only less to read.
  for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
    const int on = 1;
    (void)::setsockopt(fd.get(), SOL_NETLINK, option, &on, sizeof on);
  }
  const std::size_t batch = acks_that_fit(fd.get());
  return Socket{std::move(fd), batch};
}

std::vector<Result<void>> Socket::request(std::span<const Message> messages) {
  std::vector<Result<void>> results;
  results.reserve(messages.size());
  while (!messages.empty()) {
    auto part = request_batch(messages);
    messages = messages.subspan(part.size());
    std::ranges::move(part, std::back_inserter(results));
  }
  return results;
}

Result<void> Socket::request(const Message& message) {
  return request_batch(std::span{&message, 1}).front();
}

std::vector<Result<void>> Socket::request_batch(std::span<const Message> messages) {
  const std::uint32_t first = sequence_ + 1;
  std::vector<iovec> parts;
  std::size_t bytes = 0;
  for (const Message& message : messages.first(std::min(messages.size(), batch_))) {
    nlmsghdr& header = message.header();
    const std::size_t size = NLMSG_ALIGN(header.nlmsg_len);
    if (!parts.empty() && bytes + size > most_batch_bytes) break;
    header.nlmsg_seq = ++sequence_;
    header.nlmsg_flags |= NLM_F_ACK;
    parts.push_back({&header, size});
    bytes += size;
  }

  const auto unanswered = [&](std::size_t i, const Error& error) {
    return std::unexpected(
        Error{error.code, messages[i].what(), error.attempt + ": " + error.cause});
  };
  std::vector<Result<void>> results(parts.size());
  if (const auto sent = send_all(fd_.get(), parts, "send to the kernel"); !sent) {
    for (std::size_t i = 0; i < parts.size(); ++i) results[i] = unanswered(i, sent.error());
    return results;
  }
  std::vector<bool> answered(parts.size());
  const auto read = receive_acks(fd_.get(), parts.size(), [&](const nlmsghdr& message) {
    const std::size_t i = message.nlmsg_seq - first;
    if (message.nlmsg_type != NLMSG_ERROR || i >= parts.size()) return false;
    results[i] = decode_ack(message, messages[i].what());
    answered[i] = true;
    return i + 1 == parts.size();
  });
  const Error lost{Errc::failed, "read the kernel's acknowledgements", "this one is missing"};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!answered[i]) results[i] = unanswered(i, read ? lost : read.error());
  }
  return results;
}

Result<void> Socket::send_one(const Message& message, int flags) {
  nlmsghdr& header = message.header();
  header.nlmsg_seq = ++sequence_;
  header.nlmsg_flags = static_cast<std::uint16_t>(header.nlmsg_flags | flags);
  iovec part{&header, NLMSG_ALIGN(header.nlmsg_len)};
  return send_all(fd_.get(), std::span{&part, 1}, message.what());
}

Result<void> Socket::receive(const std::string& attempt,
                             const std::function<void(const nlmsghdr&)>& visit) {
  buffer_.resize(dump_bytes);
  for (;;) {
    const auto size = ::recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_failure(attempt);
    if (static_cast<std::size_t>(size) > buffer_.size()) {
      return failure(Errc::failed, attempt, "the kernel's answer is larger than 64 KiB");
    }
    for_each_message({buffer_.data(), static_cast<std::size_t>(size)}, visit);
    return {};
  }
}

Result<void> Socket::dump(const Message& message, const std::function<void()>& begin,
                          const std::function<void(const nlmsghdr&)>& visit) {
  for (int tries = 0; tries < dump_tries; ++tries) {
    begin();
    const auto interrupted = dump_once(message, visit);
    if (!interrupted) return std::unexpected(interrupted.error());
    if (!*interrupted) return {};
  }
  return failure(Errc::conflict, message.what(),
                 "it changes faster than it can be read; try again");
}

Result<bool> Socket::dump_once(const Message& message,
                               const std::function<void(const nlmsghdr&)>& visit) {
  if (auto sent = send_one(message, NLM_F_DUMP); !sent) return std::unexpected(sent.error());
  bool interrupted = false;
  std::optional<Result<void>> end;
  while (!end) {
    const auto read = receive(message.what(), [&](const nlmsghdr& answer) {
      if (answer.nlmsg_seq != sequence_ || end) return;
      interrupted = interrupted || (answer.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (answer.nlmsg_type == NLMSG_DONE || answer.nlmsg_type == NLMSG_ERROR) {
        end = decode_ack(answer, message.what());
      } else {
        visit(answer);
      }
    });
    if (!read) return std::unexpected(read.error());
  }
  if (!*end) return std::unexpected(end->error());
  return interrupted;
}

Result<void> Socket::query(const Message& message,
                           const std::function<void(const nlmsghdr&)>& visit) {
  if (auto sent = send_one(message, NLM_F_ACK); !sent) return sent;
  std::optional<Result<void>> end;
  while (!end) {
    const auto read = receive(message.what(), [&](const nlmsghdr& answer) {
      if (answer.nlmsg_seq != sequence_ || end) return;
      if (answer.nlmsg_type == NLMSG_ERROR) {
        end = decode_ack(answer, message.what());
      } else {
        visit(answer);
      }
    });
    if (!read) return std::unexpected(read.error());
  }
  return *end;
}

}  // namespace linkfab::netem
