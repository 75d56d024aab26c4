#include "ubridge/carrier/hex_dump.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace linkfab::ubridge {

std::string hex_dump(ByteView bytes) {
  constexpr std::size_t in_a_line = 16;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += in_a_line) {
    const auto line = bytes.subspan(at, std::min(in_a_line, bytes.size() - at));
    std::string octets;
    std::string characters;
    for (const std::uint8_t octet : line) {
      fmt::format_to(std::back_inserter(octets), " {:02x}", octet);
      characters += octet >= ' ' && octet <= '~' ? static_cast<char>(octet) : '.';
    }
    fmt::format_to(std::back_inserter(out), "{}{:04x}: {:<48}  {}", at == 0 ? "" : "\n", at, octets,
                   characters);
  }
  return out;
}

}  // namespace linkfab::ubridge
