// Netlink requests, synchronous: the kernel answers like a system call. Many messages go out in few
// system calls and come back as one result each.
//
// A Socket belongs to the network namespace in which it was opened and keeps that namespace alive:
// open, use and drop one for a node's namespace, never keep it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "netem/message.hpp"

namespace linkfab::netem {

class Socket {
 public:
  static Result<Socket> route();    // NETLINK_ROUTE in the current namespace
  static Result<Socket> generic();  // NETLINK_GENERIC

  // Sends all of them, with NLM_F_ACK, and reads all acks. The result at [i] is the kernel's word
  // on messages[i]; an error's attempt is the message's own description, its cause has the kernel's
  // extended ack text where there is one. One failing does not stop the others.
  std::vector<Result<void>> request(std::span<const Message> messages);
  Result<void> request(const Message& message);

  // Sends one message with NLM_F_DUMP and gives every answer to `visit`. A dump that the kernel
  // marks as interrupted (NLM_F_DUMP_INTR) is repeated from the start; `begin` is called before
  // each try. Errc::conflict when it is interrupted again and again.
  Result<void> dump(const Message& message, const std::function<void()>& begin,
                    const std::function<void(const nlmsghdr&)>& visit);
  // One message whose answer is one message (a get request, or NLM_F_ECHO).
  Result<void> query(const Message& message, const std::function<void(const nlmsghdr&)>& visit);

 private:
  Socket(Fd fd, std::size_t batch) : fd_(std::move(fd)), batch_(batch) {}
  static Result<Socket> open(int protocol);

  // As many of them from the front as one system call carries; their results, in order.
  std::vector<Result<void>> request_batch(std::span<const Message> messages);
  Result<void> send_one(const Message& message, int flags);
  // One try of a dump; true when the kernel marked it as interrupted.
  Result<bool> dump_once(const Message& message, const std::function<void(const nlmsghdr&)>& visit);
  // Reads one datagram into buffer_ and calls `visit` for each of its messages.
  Result<void> receive(const std::string& attempt,
                       const std::function<void(const nlmsghdr&)>& visit);

  Fd fd_;
  std::size_t batch_;  // how many acks the receive buffer surely holds
  std::uint32_t sequence_ = 0;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace linkfab::netem
