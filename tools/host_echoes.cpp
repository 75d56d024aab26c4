#include "tools/host_echoes.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "measure/echo_socket.hpp"
#include "measure/packet_socket.hpp"

namespace linkfab {
namespace {

// An answer that takes longer is none.
constexpr nanoseconds longest_wait = std::chrono::seconds{10};

std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32U | random();
}

Result<netem::Prefix> read_address(const std::string& text) {
  auto address = netem::parse_prefix(text);
  if (!address || address->length != address->most())
    return failure(Errc::invalid, "ask " + text + " for an echo",
                   "that is no address; give its linkfabd a number as --address");
  return *address;
}

class HostEchoes : public fabric::Echoes {
 public:
  HostEchoes(measure::EchoSocket socket, int family)
      : socket_(std::move(socket)), family_(family), run_(random_number()) {}

  Result<void> ask(const std::string& address) override {
    const auto to = read_address(address);
    if (!to) return std::unexpected(to.error());
    const auto attempt = [&] { return "ask " + address + " for an echo"; };
    if (to->family != family_)
      return failure(Errc::invalid, attempt(),
                     "one host has an IPv4 address and the other one of IPv6");
    const auto number = next_++;
    const auto time = measure::now();
    std::erase_if(asked_, [&](const auto& each) { return time - each.second.time > longest_wait; });
    asked_.emplace(number, Asked{address, time});
    const int error = socket_.send({.run = run_, .pair = 0, .round = number}, *to);
    if (error == 0) return {};
    asked_.erase(number);
    return failure(Errc::failed, attempt(), std::strerror(error));
  }

  std::optional<Answer> next() override {
    while (const auto received = socket_.receive()) {
      if (received->echo.run != run_) continue;
      const auto asked = asked_.extract(received->echo.round);
      if (asked.empty()) continue;
      return Answer{.address = asked.mapped().address,
                    .round_trip = received->time - asked.mapped().time};
    }
    return std::nullopt;
  }

 private:
  struct Asked {
    std::string address;
    nanoseconds time{};
  };

  measure::EchoSocket socket_;
  int family_;
  std::uint64_t run_;
  std::uint32_t next_ = 0;
  std::map<std::uint32_t, Asked> asked_;
};

}  // namespace

Result<std::unique_ptr<fabric::Echoes>> open_host_echoes(const std::string& address) {
  const auto from = read_address(address);
  if (!from) return std::unexpected(from.error());
  auto socket = measure::EchoSocket::open(from->family, *from);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<HostEchoes>(std::move(*socket), from->family);
}

}  // namespace linkfab
