// A raw ICMP socket in one network namespace (icmp(7), raw(7)). Needs CAP_NET_RAW there, and no
// program in the node.
#pragma once

#include <optional>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "measure/echo.hpp"
#include "measure/record.hpp"
#include "netem/prefix.hpp"

namespace linkfab::measure {

class EchoSocket {
 public:
  // Of the current network namespace. Sends from the address that is given, else from the one that
  // the way leads to.
  static Result<EchoSocket> open(int family, const std::optional<netem::Prefix>& from = {});

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  // The errno of what went wrong; 0: nothing.
  [[nodiscard]] int send(const Echo& echo, const netem::Prefix& to) const;

  struct Received {
    Echo echo;
    nanoseconds time{};  // the kernel's
  };
  // The next answer to an echo like ours, whoever's; nullopt: no more for now.
  [[nodiscard]] std::optional<Received> receive() const;

 private:
  EchoSocket(Fd fd, int family) : fd_(std::move(fd)), family_(family) {}

  Fd fd_;
  int family_;
};

}  // namespace linkfab::measure
