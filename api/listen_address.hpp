// Where a server listens, as a person writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace linkfab::api {

struct ListenAddress {
  std::string host;        // "127.0.0.1", "::1", "0.0.0.0"
  std::uint16_t port = 0;  // 0: any that is free
  bool operator==(const ListenAddress&) const = default;
};

// "127.0.0.1:9464", "[::1]:9464", "localhost:9464", or a port alone, "9464" or ":9464", which is
// one of 127.0.0.1. Names are not looked up. Errc::invalid for anything else.
// With `least_port` 0 any port that is free can be asked for.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text,
                                                         std::uint16_t least_port = 1);
[[nodiscard]] std::string format(const ListenAddress& address);

}  // namespace linkfab::api
