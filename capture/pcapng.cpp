#include "capture/pcapng.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

namespace linkfab::capture {
namespace {

enum class BlockType : std::uint32_t {
  section = 0x0a0d0d0a,
  interface = 1,
  statistics = 5,
  enhanced_packet = 6,
};

constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint16_t link_type_ethernet = 1;
constexpr std::size_t longest_option = 65535;

// Option codes, each of its block.
constexpr std::uint16_t comment_option = 1;
constexpr std::uint16_t shb_hardware = 2;
constexpr std::uint16_t shb_os = 3;
constexpr std::uint16_t shb_userappl = 4;
constexpr std::uint16_t if_name = 2;
constexpr std::uint16_t if_description = 3;
constexpr std::uint16_t if_tsresol = 9;
constexpr std::uint16_t if_filter = 11;
constexpr std::uint16_t epb_flags = 2;
constexpr std::uint16_t isb_starttime = 2;
constexpr std::uint16_t isb_endtime = 3;
constexpr std::uint16_t isb_ifrecv = 4;
constexpr std::uint16_t isb_ifdrop = 5;
constexpr std::uint16_t isb_filteraccept = 6;

constexpr std::uint8_t nanoseconds_resolution = 9;  // 10^-9
constexpr char filter_is_text = 0;

// One block: its type and length before, options, and its length again behind.
class Block {
 public:
  Block(Bytes& out, BlockType type) : out_(out), start_(out.size()) {
    put(static_cast<std::uint32_t>(type));
    put(std::uint32_t{0});
  }
  ~Block() {
    if (options_) {
      put(std::uint16_t{0});
      put(std::uint16_t{0});
    }
    const auto length = static_cast<std::uint32_t>(out_.size() - start_ + sizeof(std::uint32_t));
    put(length);
    const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof length>>(length);
    std::ranges::copy(bytes, out_.begin() + static_cast<std::ptrdiff_t>(start_ + sizeof length));
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  template <class Integer>
  void put(Integer value) {
    put_bytes(std::bit_cast<std::array<std::uint8_t, sizeof value>>(value));
  }
  // The high half first, whatever the byte order.
  void put_time(Time time) {
    const auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
    put(static_cast<std::uint32_t>(count >> 32));
    put(static_cast<std::uint32_t>(count));
  }
  void put_padded(ByteView bytes) {
    put_bytes(bytes);
    while ((out_.size() - start_) % sizeof(std::uint32_t) != 0) out_.push_back(0);
  }

  void option(std::uint16_t code, std::string_view text) {
    if (text.empty()) return;
    text = text.substr(0, longest_option);
    begin_option(code, text.size());
    put_padded({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  template <class Integer>
  void number_option(std::uint16_t code, Integer value) {
    begin_option(code, sizeof value);
    put_padded(std::bit_cast<std::array<std::uint8_t, sizeof value>>(value));
  }
  void time_option(std::uint16_t code, Time time) {
    begin_option(code, sizeof(std::uint64_t));
    put_time(time);
  }

 private:
  void put_bytes(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void begin_option(std::uint16_t code, std::size_t size) {
    options_ = true;
    put(code);
    put(static_cast<std::uint16_t>(size));
  }

  Bytes& out_;
  std::size_t start_;
  bool options_ = false;
};

// How the frame was addressed, in bits 2 to 4 of epb_flags.
std::uint32_t reception(ByteView frame) {
  constexpr std::size_t address_size = 6;
  constexpr std::uint32_t unicast = 1;
  constexpr std::uint32_t multicast = 2;
  constexpr std::uint32_t broadcast = 3;
  if (frame.size() < address_size) return 0;
  const auto to = frame.first(address_size);
  if (std::ranges::all_of(to, [](std::uint8_t byte) { return byte == 0xff; })) return broadcast;
  return (to[0] & 1) != 0 ? multicast : unicast;
}

}  // namespace

void append(Bytes& out, const Section& section) {
  Block block(out, BlockType::section);
  block.put(byte_order_magic);
  block.put(std::uint16_t{1});  // version 1.0
  block.put(std::uint16_t{0});
  block.put(~std::uint64_t{0});  // its length is not known yet
  block.option(shb_hardware, section.hardware);
  block.option(shb_os, section.os);
  block.option(shb_userappl, section.application);
  block.option(comment_option, section.comment);
}

void append(Bytes& out, const Interface& interface) {
  Block block(out, BlockType::interface);
  block.put(link_type_ethernet);
  block.put(std::uint16_t{0});
  block.put(interface.snaplen);
  block.option(if_name, interface.name);
  block.option(if_description, interface.description);
  block.number_option(if_tsresol, nanoseconds_resolution);
  if (!interface.filter.empty()) block.option(if_filter, filter_is_text + interface.filter);
}

void append(Bytes& out, const Packet& packet) {
  Block block(out, BlockType::enhanced_packet);
  block.put(packet.interface);
  block.put_time(packet.time);
  block.put(static_cast<std::uint32_t>(packet.frame.size()));
  block.put(packet.whole_size);
  block.put_padded(packet.frame);
  block.number_option(epb_flags,
                      static_cast<std::uint32_t>(packet.direction) | reception(packet.frame) << 2);
  block.option(comment_option, packet.comment);
}

void append(Bytes& out, const Statistics& statistics) {
  Block block(out, BlockType::statistics);
  block.put(statistics.interface);
  block.put_time(statistics.end);
  block.time_option(isb_starttime, statistics.start);
  block.time_option(isb_endtime, statistics.end);
  block.number_option(isb_ifrecv, statistics.received);
  block.number_option(isb_ifdrop, statistics.dropped);
  if (statistics.accepted) block.number_option(isb_filteraccept, *statistics.accepted);
  block.option(comment_option, statistics.comment);
}

}  // namespace linkfab::capture
