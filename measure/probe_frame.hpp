// The frame that a measurement sends: an Ethernet frame that no protocol stack answers, numbered,
// and summed so that a flipped bit anywhere in it is found.
//
// EtherType 0x88b5 is IEEE Std 802's first "local experimental" one. Behind the header: a mark, the
// number of the run and of the stream in it, the sequence number and its complement, the length, a
// filling, and at the end a CRC-32 of all before it. Big endian. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace linkfab::measure {

using Mac = std::array<std::uint8_t, 6>;

inline constexpr std::uint16_t probe_ethertype = 0x88b5;
inline constexpr std::uint32_t probe_mark = 0x6c6b6662;  // "lkfb"
inline constexpr std::size_t smallest_probe = 60;  // bytes, as Ethernet's own least without FCS

struct Probe {
  Mac to{};
  Mac from{};
  std::uint64_t run = 0;     // of this measurement: others' probes are not ours
  std::uint32_t stream = 0;  // a direction of a link
  std::uint32_t sequence = 0;
  bool operator==(const Probe&) const = default;
};

// `size` counts from the first address to the last byte, at least smallest_probe.
[[nodiscard]] std::vector<std::uint8_t> encode(const Probe& probe, std::size_t size);

struct ReceivedProbe {
  Probe probe;            // as far as it can be read where it is not intact
  bool numbered = false;  // the sequence number is right, also where something else is not
  bool intact = false;
};
// nullopt: no probe. A frame with one flipped bit is still known as one, by its EtherType or by its
// mark, and its number is right: a bit flipped in it is put back by the sum.
[[nodiscard]] std::optional<ReceivedProbe> decode_probe(std::span<const std::uint8_t> frame);

}  // namespace linkfab::measure
