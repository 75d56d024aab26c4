#include "measure/datagram_count.hpp"

#include <cstdlib>

namespace linkfab::measure {
namespace {

// Beyond it a number is no number: hours at the highest rates.
constexpr std::uint64_t most_datagrams = std::uint64_t{1} << 36U;

}  // namespace

Bytes encode(const DatagramHead& head) {
  Writer writer;
  writer.u64(head.number).u64(static_cast<std::uint64_t>(head.sent.count()));
  return writer.take();
}

std::optional<DatagramHead> decode_datagram_head(ByteView datagram) {
  Reader reader(datagram);
  const DatagramHead head{.number = reader.u64(),
                          .sent = nanoseconds(static_cast<std::int64_t>(reader.u64()))};
  if (!reader.ok() || head.number >= most_datagrams) return std::nullopt;
  return head;
}

void DatagramCount::add(const DatagramHead& head, nanoseconds time) {
  const bool later = head.number >= seen_.size();
  if (later) {
    seen_.resize(head.number + 1);
  } else if (seen_[head.number]) {
    ++result_.doubled;
    return;
  } else {
    ++result_.out_of_order;
  }
  seen_[head.number] = true;
  ++result_.received;
  const auto transit = time - head.sent;
  constexpr int smoothing = 16;
  if (last_transit_)
    result_.jitter += (std::chrono::abs(transit - *last_transit_) - result_.jitter) / smoothing;
  last_transit_ = transit;
}

}  // namespace linkfab::measure
