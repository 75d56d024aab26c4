// Captures frames of links, for `linkfab capture` and Wireshark's extcap.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "netem/frame_filter.hpp"
#include "tools/cli/capture_sink.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

struct CaptureOptions {
  std::vector<std::string> links;  // LINK... as find_links() takes them
  CaptureChoice choice;
  std::string file;  // "-": standard output; empty: a line a frame on standard output
  std::optional<capture::FileRing> ring;
  std::string filter;
  std::uint32_t snaplen = capture::longest_frame;
  std::uint64_t count = 0;          // frames; 0: no limit
  bool quiet = false;               // nothing on standard error, and no frame is no error
  std::chrono::nanoseconds time{};  // zero: no limit
};

// Until it is told to end: by SIGINT or SIGTERM, a limit, the reader's end, or the end of all
// links. Says on standard error what becomes of the links, and at the end what was captured. An
// error where that is no frame.
[[nodiscard]] Result<int> run_capture(const Invocation& invocation, const CaptureOptions& options);

}  // namespace linkfab::cli
