// linkfab capture: frames of links into a file, a pipe, or a line each.
#include "tools/cli/capture.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <unistd.h>

#include <fmt/format.h>

#include "core/units.hpp"
#include "core/version.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/capture_session.hpp"
#include "tools/cli/commands.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

capture::Section section() {
  utsname host{};
  (void)::uname(&host);
  return {.hardware = host.machine,
          .os = fmt::format("{} {}", host.sysname, host.release),
          .application = std::string("linkfab ") + project_version,
          .comment = fmt::format("captured on host {}", host.nodename)};
}

Result<std::unique_ptr<CaptureSink>> open_sink(const CaptureOptions& options) {
  if (options.file.empty()) return std::make_unique<TextSink>();
  if (options.file == "-" && ::isatty(STDOUT_FILENO) != 0)
    return failure(Errc::invalid, "write the capture to standard output",
                   "it is a terminal; leave -w out for text, or pipe it: | wireshark -k -i -");
  auto file = capture::PcapngFile::open(options.file, section(), options.ring);
  if (!file) return std::unexpected(file.error());
  return std::make_unique<PcapngSink>(*std::move(file), options.filter, options.snaplen);
}

// "5:10M": how many files, each of so many bytes.
capture::FileRing parse_ring(const std::string& text) {
  const auto wrong = [&](const std::string& what) {
    return UsageError(fmt::format("--ring {}: {}; write for example 5:10M", text, what));
  };
  const auto colon = text.find(':');
  if (colon == std::string::npos) throw wrong("it is no FILES:SIZE");
  const auto files = parse_integer(text.substr(0, colon), 1, 100000);
  if (!files) throw wrong("the number of files is 1 to 100000");
  auto number = text.substr(colon + 1);
  std::int64_t unit = 1;
  constexpr std::array<std::pair<char, std::int64_t>, 3> units{
      {{'k', 1000}, {'M', 1'000'000}, {'G', 1'000'000'000}}};
  for (const auto& [letter, bytes] : units)
    if (number.ends_with(letter)) unit = bytes;
  if (unit > 1) number.pop_back();
  const auto size = parse_integer(number, 1, 1'000'000'000);
  if (!size || *size * unit < 1000) throw wrong("the size is at least 1k; units are k, M and G");
  return {.files = static_cast<std::size_t>(*files),
          .size = static_cast<std::uint64_t>(*size * unit)};
}

std::int64_t number_of(const Invocation& invocation, const char* option, std::int64_t most) {
  const auto number = parse_integer(invocation.value(option), 1, most);
  if (!number) throw UsageError(fmt::format("--{}: {}", option, format(number.error())));
  return *number;
}

CaptureOptions options_of(const Invocation& invocation) {
  CaptureOptions options{.links = invocation.words};
  options.choice.from = invocation.value("from");
  options.choice.to = invocation.value("to");
  if (invocation.has("at")) {
    const auto at = invocation.value("at");
    if (at != "before" && at != "after" && at != "both")
      throw UsageError(fmt::format("--at {}: it is before, after or both", at));
    options.choice.before = at != "after";
    options.choice.after = at != "before";
  }
  options.file = invocation.value("write");
  options.filter = invocation.value("filter");
  if (invocation.has("ring")) {
    if (options.file.empty() || options.file == "-")
      throw UsageError("--ring needs the name of a file: -w FILE");
    options.ring = parse_ring(invocation.value("ring"));
  }
  if (invocation.has("snaplen"))
    options.snaplen =
        static_cast<std::uint32_t>(number_of(invocation, "snaplen", capture::longest_frame));
  if (invocation.has("count"))
    options.count = static_cast<std::uint64_t>(number_of(invocation, "count", INT64_MAX));
  if (invocation.has("duration")) {
    const auto time = parse_duration(invocation.value("duration"));
    if (!time || time->count() <= 0)
      throw UsageError(
          fmt::format("--duration {}: a time like 10s is wanted", invocation.value("duration")));
    options.time = *time;
  }
  return options;
}

Result<int> capture_links(const Invocation& invocation) {
  return run_capture(invocation, options_of(invocation));
}

}  // namespace

Result<int> run_capture(const Invocation& invocation, const CaptureOptions& options) {
  auto filter =
      options.filter.empty() ? netem::every_frame() : netem::compile_filter(options.filter);
  if (!filter) return std::unexpected(filter.error());
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::state_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    CaptureSession session(executor, client, invocation, options, *filter);
    auto found = co_await session.find();
    if (!found) co_return std::unexpected(found.error());
    const auto sink = open_sink(options);
    if (!sink) co_return std::unexpected(sink.error());
    co_return co_await session.run(**sink);
  });
}

const Command capture_command{
    .name = "capture",
    .group = "Links",
    .synopsis =
        "LINK... [-w FILE] [--at before|after|both] [--from NODE[:IF]] [--to NODE[:IF]] "
        "[--filter FILTER] ...",
    .summary = "Capture frames of links, for Wireshark or as text",
    .text =
        "Each direction of a link is seen in two places: `before`, as the sender sent it, and "
        "`after` the impairment, what\n"
        "goes on to the receiver: what was lost is missing, what was delayed comes later, what was "
        "corrupted is so. Both\n"
        "together (--at both) show what the link did to each frame. Without --at it is after, "
        "where every frame is once.\n"
        "A segment's frames are seen as a member sent them, before, or as they go to a member, "
        "after.\n"
        "\n"
        "With -w the capture is pcapng, with an interface for each direction and place, called "
        "`r1:eth0->r2:eth0 after`,\n"
        "times in nanoseconds and, in comments, the changes of impairments meanwhile; -w - writes "
        "it to standard output.\n"
        "Without -w there is one line a frame. Ctrl-C ends it. The exit status is 1 where there "
        "was no frame.\n"
        "\n"
        "No link waits for its capture: what cannot be kept in time is counted as dropped, at the "
        "end of the file and on\n"
        "standard error. A node that restarts or moves is followed. A node's system may hand down "
        "several segments of TCP\n"
        "as one super-frame, which is captured as it is and marked by a comment, and leave a "
        "checksum to the receiver's.\n"
        "\n"
        "LINK is as for `linkfab set`, patterns too: all go into one file. Captures need root. "
        "Where a UDP gateway is one\n"
        "half of a spliced pair, unimpaired frames do not pass its device: capture them at the "
        "other end.\n",
    .examples =
        "  sudo linkfab capture r1--r2                              a line a frame\n"
        "  sudo linkfab capture r1--r2 -w r1-r2.pcapng --at both\n"
        "  sudo linkfab capture r1--r2 -w - | wireshark -k -i -     live\n"
        "  sudo linkfab capture r1--r2 --from r1 --filter 'tcp port 80' --count 100\n"
        "  sudo linkfab capture 'wan-*' -w wan.pcapng --snaplen 96 --duration 60s\n"
        "  sudo linkfab capture lan --at before -w lan.pcapng --ring 10:50M     the last 500 MB\n",
    .options = {{"write", "FILE", "write pcapng to FILE; - for standard output", 'w'},
                {"at", "PLACE", "before or after the impairment, or both (default: after)"},
                {"from", "NODE[:IF]", "only frames that this end sends"},
                {"to", "NODE[:IF]", "only frames toward this end"},
                {"filter", "FILTER", "only frames that it matches, as in pcap-filter(7)", 'f'},
                {"snaplen", "N", "keep so many bytes of each frame (default: all)", 's'},
                {"count", "N", "end after so many frames", 'c'},
                {"duration", "TIME", "end after so long"},
                {"ring", "FILES:SIZE", "with -w: FILE_00001 and so on, only the newest are kept"}},
    .least_words = 1,
    .most_words = 100000,
    .run = capture_links,
};

}  // namespace linkfab::cli
