#include "tools/cli/capture_session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "core/descriptor_limit.hpp"
#include "core/units.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/local_host.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using capture::PacketRing;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Long enough for every ring to have given what it saw, short enough for whoever watches.
constexpr auto order_delay = 2 * capture::ring_delay;
constexpr milliseconds look_interval = capture::ring_delay;
constexpr milliseconds busy_interval{1};
constexpr milliseconds device_interval{200};
constexpr milliseconds lab_interval{2000};
constexpr milliseconds last_flush{1000};
constexpr std::size_t most_in_order = 64 << 20;  // bytes
constexpr std::size_t most_waiting = 16 << 20;   // for the reader; then the rings fill up
constexpr std::uint32_t all_blocks = 256;        // 64 MiB
constexpr std::uint32_t most_blocks = 128;

capture::Time now() {
  return std::chrono::system_clock::now();
}

Result<void> may_capture() {
  const Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
  if (fd) return {};
  auto error = system_error("capture frames", errno);
  if (error.code == Errc::denied) error.cause = "it needs root (CAP_NET_RAW); try again with sudo";
  return std::unexpected(error);
}

}  // namespace

CaptureSession::CaptureSession(boost::asio::any_io_executor executor, Client& client,
                               const Invocation& invocation, const CaptureOptions& options,
                               netem::FilterProgram filter)
    : client_(client),
      invocation_(invocation),
      options_(options),
      filter_(std::move(filter)),
      signals_(executor, SIGINT, SIGTERM, SIGHUP),
      start_(now()) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    stopped_ = true;
    client_.wake();
  });
}

awaitable<Result<void>> CaptureSession::find() {
  if (auto may = may_capture(); !may) co_return may;
  auto found = co_await find_links(client_, options_.links);
  if (!found) co_return std::unexpected(found.error());
  for (const auto& link : *found) names_.push_back(link.name);
  const auto ways = find_ways();
  if (!ways) co_return std::unexpected(ways.error());
  if (ways->empty())
    co_return failure(Errc::invalid, "capture frames",
                      "there is no such direction in such a place; of a segment, --from goes with "
                      "`before` and --to with `after`");
  const auto elsewhere =
      std::ranges::find_if(*ways, [&](const CaptureWay& way) { return !check_local(way); });
  const auto here = [&](const CaptureWay& way) { return check_local(way).has_value(); };
  if (elsewhere != ways->end()) {
    if (std::ranges::none_of(*ways, here)) co_return check_local(*elsewhere);
    say(fmt::format("{}: what is only to be seen there is left out",
                    check_local(*elsewhere).error().cause));
  }
  raise_descriptor_limit();
  co_return Result<void>{};
}

Result<std::vector<CaptureWay>> CaptureSession::find_ways() const {
  return capture_ways(fabric::view(client_.replica()), names_, options_.choice);
}

Result<void> CaptureSession::check_local(const CaptureWay& way) const {
  if (way.host.empty()) return {};
  return check_here("capture frames", way.node, way.host,
                    local_host(fabric::hosts(client_.replica()), invocation_));
}

awaitable<Result<int>> CaptureSession::run(CaptureSink& sink) {
  start_ = now();
  const auto begin = steady_clock::now();
  auto next_device = begin;
  auto next_lab = begin;
  bool changed = true;
  while (!stopped_) {
    const auto time = steady_clock::now();
    if (changed || time >= next_lab) {
      next_lab = time + lab_interval;
      if (auto done = follow(sink); !done) co_return std::unexpected(done.error());
    }
    if (changed || time >= next_device) {
      next_device = time + device_interval;
      for (const auto& tap : taps_)
        if (auto done = open(*tap); !done) co_return std::unexpected(done.error());
    }
    bool busy = false;
    if (sink.waiting() < most_waiting)
      for (const auto& tap : taps_) busy = read(*tap) || busy;
    const auto until = order_.bytes() > most_in_order ? capture::Time::max() : now() - order_delay;
    if (auto done = release(until, sink); !done) co_return std::unexpected(done.error());
    if (over(sink) || (options_.time > 0ns && time - begin >= options_.time)) break;
    changed = co_await client_.change(busy ? busy_interval : look_interval);
  }
  co_return conclude(sink);
}

bool CaptureSession::over(const CaptureSink& sink) const {
  const bool enough = options_.count > 0 && written_ >= options_.count;
  return enough || sink.reader_gone() ||
         std::ranges::all_of(taps_, [](const auto& tap) { return tap->over; });
}

void CaptureSession::say(const std::string& line) const {
  if (!options_.quiet) print_error(std::string_view(line));
}

Result<void> CaptureSession::follow(CaptureSink& sink) {
  auto ways = find_ways();
  // An end that was chosen has moved away: what is left has none.
  if (!ways) return {};
  std::erase_if(*ways, [&](const CaptureWay& way) { return !check_local(way); });
  return look_at(*std::move(ways), sink);
}

Result<void> CaptureSession::look_at(std::vector<CaptureWay> ways, CaptureSink& sink) {
  std::set<std::string> gone;
  for (const auto& tap : taps_) {
    const auto same = std::ranges::find_if(ways, [&](const CaptureWay& way) {
      return way.link == tap->way.link && way.name == tap->way.name;
    });
    if (same == ways.end()) {
      if (!tap->over) gone.insert(tap->way.what);
      close(*tap);
      tap->over = true;
      continue;
    }
    tap->over = false;
    if (same->device != tap->way.device) close(*tap);
    if (same->impairment != tap->way.impairment)
      tap->comment = fmt::format("impairment is now {}", same->impairment);
    tap->way = *same;
    ways.erase(same);
  }
  for (auto& way : ways) {
    auto tap = std::make_unique<Tap>();
    tap->number = sink.add(way);
    tap->way = std::move(way);
    taps_.push_back(std::move(tap));
  }
  for (const auto& what : gone) say(what + " has gone or has other ends now");
  return sink.flush();
}

// Where it can be; a device that is not there may come.
Result<void> CaptureSession::open(Tap& tap) {
  if (tap.ring && tap.ring->gone()) {
    // What the old one saw comes first.
    (void)read(tap);
    close(tap);
  }
  if (tap.ring || tap.over) return {};
  auto error = Error{.code = Errc::not_found, .attempt = "", .cause = ""};
  if (!tap.way.device.empty()) {
    const auto share =
        all_blocks / static_cast<std::uint32_t>(std::max<std::size_t>(taps_.size(), 1));
    auto ring = PacketRing::open(tap.way.device,
                                 {.directions = {.in = !tap.way.outgoing, .out = tap.way.outgoing},
                                  .filter = filter_,
                                  .snaplen = options_.snaplen,
                                  .blocks = std::clamp(share, 2U, most_blocks)});
    if (ring) {
      tap.ring.emplace(*std::move(ring));
      if (tap.missed) say(fmt::format("{}: its device is there, it goes on", tap.way.name));
      tap.missed = false;
      return {};
    }
    error = ring.error();
  }
  // It may also go between the one look and the other.
  if (error.code != Errc::not_found) return std::unexpected(error);
  if (!tap.missed) say(fmt::format("{}: its device is not there; waiting for it", tap.way.name));
  tap.missed = true;
  return {};
}

void CaptureSession::close(Tap& tap) {
  tap.before = counters(tap);
  tap.ring.reset();
}

PacketRing::Counters CaptureSession::counters(Tap& tap) const {
  auto counters = tap.before;
  if (!tap.ring) return counters;
  const auto present = tap.ring->counters();
  counters.received += present.received;
  counters.dropped += present.dropped;
  return counters;
}

bool CaptureSession::read(Tap& tap) {
  if (!tap.ring) return false;
  return tap.ring->read([&](const PacketRing::Frame& frame) {
    const auto kept = std::min<std::size_t>(frame.bytes.size(), options_.snaplen);
    capture::Packet packet{
        .interface = tap.number,
        .time = frame.time,
        .direction = frame.outgoing ? capture::Direction::outbound : capture::Direction::inbound,
        .frame = frame.bytes.first(kept),
        .whole_size = frame.whole_size,
        .comment = std::exchange(tap.comment, {})};
    if (frame.whole_size > tap.way.largest) {
      ++combined_;
      packet.comment += packet.comment.empty() ? "" : "; ";
      packet.comment += "super-frame: segments that are cut later";
    }
    ++tap.frames;
    order_.put(packet);
  });
}

Result<void> CaptureSession::release(capture::Time until, CaptureSink& sink) {
  Result<void> done;
  order_.release(until, [&](const capture::Packet& packet) {
    if (!done || (options_.count > 0 && written_ >= options_.count)) return;
    done = sink.take(packet);
    ++written_;
    bytes_ += packet.whole_size;
  });
  if (!done) return done;
  return sink.flush();
}

Result<int> CaptureSession::conclude(CaptureSink& sink) {
  // The rings give the last frames when their time is up.
  std::this_thread::sleep_for(order_delay);
  const auto end = now();
  for (const auto& tap : taps_) (void)read(*tap);
  if (auto done = release(capture::Time::max(), sink); !done) return std::unexpected(done.error());
  for (const auto& tap : taps_) {
    const auto seen = counters(*tap);
    sink.take(capture::Statistics{.interface = tap->number,
                                  .start = start_,
                                  .end = end,
                                  .received = tap->frames + seen.dropped,
                                  .accepted = tap->frames,
                                  .dropped = seen.dropped,
                                  .comment = std::exchange(tap->comment, {})});
  }
  const auto limit = steady_clock::now() + last_flush;
  do {
    if (auto done = sink.flush(); !done) return std::unexpected(done.error());
    if (sink.waiting() > 0) std::this_thread::sleep_for(busy_interval);
  } while (sink.waiting() > 0 && steady_clock::now() < limit);
  return summarise(sink);
}

Result<int> CaptureSession::summarise(const CaptureSink& sink) {
  std::uint64_t dropped = 0;
  for (const auto& tap : taps_) dropped += counters(*tap).dropped;
  const auto time = std::chrono::floor<milliseconds>(now() - start_);
  say(fmt::format("{} frames ({}) in {}, {} dropped for want of time{}", written_,
                  approximate_bytes(bytes_), format(nanoseconds{time}), dropped,
                  combined_ == 0
                      ? ""
                      : fmt::format("; {} are super-frames, several segments in one", combined_)));
  if (written_ == 0 && !sink.reader_gone() && !options_.quiet)
    return failure(
        Errc::failed, "capture frames",
        options_.filter.empty() ? "none passed there" : "none that the filter takes passed there");
  return success;
}

}  // namespace linkfab::cli
