#include "measure/probe_frame.hpp"

#include <algorithm>

#include <boost/crc.hpp>

#include "core/bytes.hpp"

namespace linkfab::measure {
namespace {

constexpr std::size_t sum_size = 4;

std::uint32_t sum_of(std::span<const std::uint8_t> bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

constexpr std::size_t sequence_place = 14 + 4 + 8 + 4;

// Would the frame be intact with this number and its complement?
bool fits(std::span<const std::uint8_t> frame, std::uint32_t sequence) {
  std::vector<std::uint8_t> mended(frame.begin(), frame.end() - sum_size);
  Writer number;
  number.u32(sequence).u32(~sequence);
  std::ranges::copy(number.view(), mended.begin() + sequence_place);
  Reader sum(frame.last(sum_size));
  return sum.u32() == sum_of(mended);
}

Mac read_mac(Reader& reader) {
  Mac mac{};
  std::ranges::copy(reader.bytes(mac.size()), mac.begin());
  return mac;
}

}  // namespace

std::vector<std::uint8_t> encode(const Probe& probe, std::size_t size) {
  size = std::max(size, smallest_probe);
  Writer frame;
  frame.bytes(probe.to).bytes(probe.from).u16(probe_ethertype).u32(probe_mark).u64(probe.run);
  frame.u32(probe.stream).u32(probe.sequence).u32(~probe.sequence);
  frame.u32(static_cast<std::uint32_t>(size));
  frame.zeros(size - frame.size() - sum_size);
  frame.u32(sum_of(frame.view()));
  return frame.take();
}

std::optional<ReceivedProbe> decode_probe(std::span<const std::uint8_t> frame) {
  if (frame.size() < smallest_probe) return std::nullopt;
  Reader reader(frame);
  ReceivedProbe received;
  auto& probe = received.probe;
  probe.to = read_mac(reader);
  probe.from = read_mac(reader);
  const bool type = reader.u16() == probe_ethertype;
  const bool mark = reader.u32() == probe_mark;
  if (!type && !mark) return std::nullopt;
  probe.run = reader.u64();
  probe.stream = reader.u32();
  probe.sequence = reader.u32();
  const auto other = ~reader.u32();
  received.numbered = other == probe.sequence || fits(frame, probe.sequence);
  if (!received.numbered && fits(frame, other)) {
    probe.sequence = other;
    received.numbered = true;
  }
  const auto size = reader.u32();
  const auto content = frame.first(frame.size() - sum_size);
  Reader sum(frame.last(sum_size));
  received.intact = type && mark && size == frame.size() && sum.u32() == sum_of(content);
  return received;
}

}  // namespace linkfab::measure
