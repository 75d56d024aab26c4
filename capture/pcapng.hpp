// The blocks of a pcapng file, each appended to a buffer: draft-ietf-opsawg-pcapng. libpcap reads
// this format and does not write it.
//
// A file is a section, its interfaces, then packets, interfaces that come later, and statistics, in
// any order but that an interface comes before what refers to it. Interfaces are numbered from 0 in
// the order in which they are written. In the byte order of this host, which the first block tells;
// Ethernet frames; times in nanoseconds since the epoch.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/bytes.hpp"

namespace linkfab::capture {

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

inline constexpr std::uint32_t longest_frame = 262144;  // what readers take at most

// An empty text of any of these is left out; one of more than 65,535 bytes is cut.
struct Section {
  std::string hardware;
  std::string os;
  std::string application;
  std::string comment;
};
struct Interface {
  std::string name;
  std::string description;
  std::string filter;  // a pcap-filter(7) expression
  std::uint32_t snaplen = longest_frame;
};

enum class Direction : std::uint8_t { inbound = 1, outbound = 2 };  // of epb_flags

struct Packet {
  std::uint32_t interface = 0;
  Time time{};
  Direction direction = Direction::inbound;
  ByteView frame;                // from the first address on, as much of it as was captured
  std::uint32_t whole_size = 0;  // of the frame on the wire
  std::string comment;
};

struct Statistics {
  std::uint32_t interface = 0;
  Time start{};
  Time end{};
  std::uint64_t received = 0;             // frames that came by, those dropped among them
  std::optional<std::uint64_t> accepted;  // by the filter; without dropped ones
  std::uint64_t dropped = 0;              // for want of room
  std::string comment;
};

void append(Bytes& out, const Section& section);
void append(Bytes& out, const Interface& interface);
void append(Bytes& out, const Packet& packet);
void append(Bytes& out, const Statistics& statistics);

}  // namespace linkfab::capture
