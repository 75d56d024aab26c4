// A capture: classic pcap in host byte order, microseconds, frames of up to 65,535 bytes.
//
// The header is in the file when create() returns and each frame when write() does: whoever follows
// the growing file sees whole frames. An existing file is truncated.
#pragma once

#include <chrono>
#include <string>

#include "core/bytes.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"
#include "ubridge/link_type.hpp"

namespace linkfab::ubridge {

using CaptureTime = std::chrono::sys_time<std::chrono::microseconds>;

inline constexpr std::size_t longest_frame = 65535;  // what is longer is cut, and says so

[[nodiscard]] Bytes encode_capture_header(LinkType link_type);
[[nodiscard]] Bytes encode_captured_frame(CaptureTime time, ByteView frame);

class CaptureFile {
 public:
  [[nodiscard]] static Result<CaptureFile> create(const std::string& path, LinkType link_type);

  [[nodiscard]] Result<void> write(CaptureTime time, ByteView frame);

 private:
  CaptureFile(Fd file, std::string path);
  Result<void> write_all(ByteView bytes);

  Fd file_;
  std::string path_;
};

}  // namespace linkfab::ubridge
