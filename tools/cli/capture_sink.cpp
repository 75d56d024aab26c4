#include "tools/cli/capture_sink.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "capture/decode.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

// "14:03:05.123456", of this host's time zone.
std::string clock_time(capture::Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto part = std::chrono::floor<std::chrono::microseconds>(time - seconds);
  const std::time_t count = seconds.time_since_epoch().count();
  std::tm local{};
  ::localtime_r(&count, &local);
  return fmt::format("{:%H:%M:%S}.{:06}", local, part.count());
}

}  // namespace

std::uint32_t PcapngSink::add(const CaptureWay& way) {
  return file_.add({.name = way.name,
                    .description = fmt::format("{}, impairment {}", way.what, way.impairment),
                    .filter = filter_,
                    .snaplen = snaplen_});
}

std::uint32_t TextSink::add(const CaptureWay& way) {
  names_.push_back(way.name);
  return static_cast<std::uint32_t>(names_.size() - 1);
}

Result<void> TextSink::take(const capture::Packet& packet) {
  print(fmt::format("{} {}  {}{}\n", clock_time(packet.time), names_.at(packet.interface),
                    capture::describe(packet.frame, packet.whole_size),
                    packet.comment.empty() ? "" : "  (" + packet.comment + ")"));
  return {};
}

Result<void> TextSink::flush() {
  (void)std::fflush(stdout);
  return {};
}

}  // namespace linkfab::cli
