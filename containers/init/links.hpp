// The network devices of our own namespace: which are up, and when to look again.
#pragma once

#include <string_view>

namespace linkfab::init {

// A netlink socket that hears of every change of a device (rtnetlink(7), RTMGRP_LINK). Lives as
// long as the program.
class Links {
 public:
  Links();

  [[nodiscard]] int fd() const { return socket_; }
  void drain() const;  // forget the changes heard of: what counts is the state
  [[nodiscard]] bool up(std::string_view name) const;  // exists and is IFF_UP

 private:
  int socket_;
};

}  // namespace linkfab::init
