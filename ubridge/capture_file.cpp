#include "ubridge/capture_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>

#include "core/pcap.hpp"

namespace linkfab::ubridge {
namespace {

template <class Integer>
void put(Bytes& out, Integer value) {
  const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof value>>(value);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// The number of a link type in files is another than in memory for a few types, ATM_RFC1483 among
// them. libpcap has the table and shows it only in the header of a file that it writes.
std::uint32_t file_link_type(LinkType link_type) {
  const auto unchanged = static_cast<std::uint32_t>(link_type.number);
  if (link_type == LinkType{}) return unchanged;
  const auto pcap = load_pcap();
  if (!pcap) return unchanged;
  constexpr std::size_t header_size = 24;
  std::array<char, 4 * header_size> buffer{};
  const std::unique_ptr<pcap_t, ClosePcap> handle(
      (*pcap)->open_dead(link_type.number, longest_frame));
  std::FILE* stream = fmemopen(buffer.data(), buffer.size(), "w");
  pcap_dumper_t* dumper =
      handle && stream != nullptr ? (*pcap)->dump_fopen(handle.get(), stream) : nullptr;
  if (dumper != nullptr) {
    (*pcap)->dump_close(dumper);
  } else if (stream != nullptr) {
    std::fclose(stream);  // NOLINT(cppcoreguidelines-owning-memory): fmemopen has no owner type
  }
  if (dumper == nullptr) return unchanged;
  std::array<char, sizeof(std::uint32_t)> number{};
  std::copy_n(buffer.begin() + header_size - number.size(), number.size(), number.begin());
  return std::bit_cast<std::uint32_t>(number);
}

}  // namespace

Bytes encode_capture_header(LinkType link_type) {
  Bytes out;
  put<std::uint32_t>(out, 0xa1b2c3d4);
  put<std::uint16_t>(out, 2);
  put<std::uint16_t>(out, 4);
  put<std::uint32_t>(out, 0);  // time zone
  put<std::uint32_t>(out, 0);  // accuracy
  put<std::uint32_t>(out, longest_frame);
  put<std::uint32_t>(out, file_link_type(link_type));
  return out;
}

Bytes encode_captured_frame(CaptureTime time, ByteView frame) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto kept = frame.first(std::min(frame.size(), longest_frame));
  Bytes out;
  put(out, static_cast<std::uint32_t>(seconds.count()));
  put(out, static_cast<std::uint32_t>((since - seconds).count()));
  put(out, static_cast<std::uint32_t>(kept.size()));
  put(out, static_cast<std::uint32_t>(frame.size()));
  out.insert(out.end(), kept.begin(), kept.end());
  return out;
}

CaptureFile::CaptureFile(Fd file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}

Result<CaptureFile> CaptureFile::create(const std::string& path, LinkType link_type) {
  auto file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return std::unexpected(file.error());
  CaptureFile capture(std::move(*file), path);
  const auto written = capture.write_all(encode_capture_header(link_type));
  if (!written) return std::unexpected(written.error());
  return capture;
}

Result<void> CaptureFile::write(CaptureTime time, ByteView frame) {
  return write_all(encode_captured_frame(time, frame));
}

Result<void> CaptureFile::write_all(ByteView bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("write to " + path_);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace linkfab::ubridge
