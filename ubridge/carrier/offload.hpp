// What the kernel leaves to hardware, done here: checksums and segments. Pure.
//
// Sources: virtio 1.2 §5.1.6 (what the virtio_net_hdr means), RFC 1071, RFC 9293 §3.1, RFC 768.
#pragma once

#include <cstddef>
#include <vector>

#include "core/bytes.hpp"
#include "ubridge/carrier/frame_batch.hpp"

namespace linkfab::ubridge {

struct Offload {
  bool needs_checksum = false;
  std::size_t checksum_start = 0;   // where the TCP or UDP header begins
  std::size_t checksum_offset = 0;  // where in it the checksum goes
  std::size_t segment_size = 0;     // of payload; 0: the frame is one segment
};

// The sum of the pseudo header is there already. Nothing where the offsets are not in the frame.
void finish_checksum(Frame frame, const Offload& offload);

// The segments, each with all of its headers, lengths and checksums. The frame itself, finished as
// well as can be, where it is not TCP or UDP over IP.
[[nodiscard]] std::vector<Bytes> cut_segments(Frame frame, const Offload& offload);

}  // namespace linkfab::ubridge
