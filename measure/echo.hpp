// ICMP echoes (RFC 792, RFC 4443 §4) of our own: who asked whom is in their data, so that an answer
// says which question it belongs to. Pure.
//
// The data is a mark, the number of the run, of the pair of hosts and of the round, big endian, and
// a filling up to 56 bytes, as ping(8) sends.
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.hpp"

namespace linkfab::measure {

struct Echo {
  std::uint64_t run = 0;  // of this measurement: others' answers are not ours
  std::uint32_t pair = 0;
  std::uint32_t round = 0;
  bool operator==(const Echo&) const = default;
};

// `family` is AF_INET, with its checksum, or AF_INET6, whose checksum the kernel writes.
[[nodiscard]] Bytes encode_request(const Echo& echo, int family);
// Of what a raw socket reads: with an IPv4 header, without one of IPv6. nullopt: no answer to ours.
[[nodiscard]] std::optional<Echo> decode_reply(ByteView packet, int family);

}  // namespace linkfab::measure
