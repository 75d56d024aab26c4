// What becomes of numbered datagrams: which came, how often, in which order, how evenly. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.hpp"
#include "measure/throughput.hpp"

namespace linkfab::measure {

// What each begins with, big endian: its number and when it was sent.
struct DatagramHead {
  std::uint64_t number = 0;
  nanoseconds sent{};
  bool operator==(const DatagramHead&) const = default;
};
inline constexpr std::size_t datagram_head_size = 16;
[[nodiscard]] Bytes encode(const DatagramHead& head);
[[nodiscard]] std::optional<DatagramHead> decode_datagram_head(ByteView datagram);

class DatagramCount {
 public:
  // By the same clock as what the datagram says.
  void add(const DatagramHead& head, nanoseconds time);
  // All but what was sent and of which size.
  [[nodiscard]] const Datagrams& result() const { return result_; }

 private:
  Datagrams result_;
  std::vector<bool> seen_;
  std::optional<nanoseconds> last_transit_;
};

}  // namespace linkfab::measure
