#include "measure/prober.hpp"

#include <algorithm>
#include <poll.h>
#include <random>

#include "measure/packet_socket.hpp"
#include "measure/probe_frame.hpp"
#include "netem/netns.hpp"

namespace linkfab::measure {
namespace {

using namespace std::chrono_literals;

// The first frames of a way are slow: the switch looks up what to do with them.
constexpr std::uint32_t warm_probes = 3;
constexpr std::size_t warm_size = 4;  // more than a probe
constexpr nanoseconds warm_time = 50ms;
// Stragglers may be this much later than they should.
constexpr nanoseconds grace = 300ms;
// A stream's number, of which the last bit says that the frame is of its train.
constexpr std::uint32_t stream_of(std::size_t channel, bool train) {
  return static_cast<std::uint32_t>(channel * 2 + (train ? 1 : 0));
}
// Trains slower than this disturb nothing, and go all at once.
constexpr nanoseconds slow_frame = 1ms;

Result<PacketSocket> open_side(const Side& side, PacketSocket::Use use) {
  const auto netns = netem::open_netns(side.netns);
  if (!netns) return std::unexpected(netns.error());
  const auto inside = netem::EnteredNetns::enter(*netns);
  if (!inside) return std::unexpected(inside.error());
  return PacketSocket::open(side.interface, use);
}

}  // namespace

struct Prober::Channel {
  Path path;
  std::size_t number;
  PacketSocket sender;
  PacketSocket burst;  // of the sender's side, for the train
  PacketSocket receiver;
  // Of the kernel's stamps, which count all frames of the sender from its first.
  std::uint32_t sent_before = 0;
  std::uint32_t stamped = 0;  // how many of those since have their stamp
  nanoseconds due{};
  Record record;
  Train train;

  [[nodiscard]] Probe probe(std::uint64_t run, bool in_train, std::uint32_t sequence) const {
    return {.to = receiver.mac(),
            .from = sender.mac(),
            .run = run,
            .stream = stream_of(number, in_train),
            .sequence = sequence};
  }
  [[nodiscard]] bool slow() const {
    return path.train != 0 && path.train_time / static_cast<std::int64_t>(path.train) >= slow_frame;
  }
};

Prober::Prober() : random_(std::random_device{}()), run_(random_()) {}

Prober::~Prober() = default;

Result<std::size_t> Prober::add(const Path& path) {
  auto sender = open_side(path.from, PacketSocket::Use::send);
  if (!sender) return std::unexpected(sender.error());
  auto burst = open_side(path.from, PacketSocket::Use::burst);
  if (!burst) return std::unexpected(burst.error());
  auto receiver = open_side(path.to, PacketSocket::Use::receive);
  if (!receiver) return std::unexpected(receiver.error());
  const auto number = channels_.size();
  channels_.push_back(std::make_unique<Channel>(Channel{.path = path,
                                                        .number = number,
                                                        .sender = *std::move(sender),
                                                        .burst = *std::move(burst),
                                                        .receiver = *std::move(receiver),
                                                        .record = {},
                                                        .train = {}}));
  auto& channel = *channels_.back();
  channel.record.stream.frame_size = std::max(path.frame_size, smallest_probe);
  channel.train.frame_size = path.train_frame_size;
  return number;
}

Result<std::vector<Record>> Prober::run(const Progress& progress) {
  warm_up();
  send_probes(progress);
  send_trains(progress);
  std::vector<Record> records;
  for (auto& channel : channels_) {
    if (channel->path.train != 0) channel->record.train = std::move(channel->train);
    records.push_back(std::move(channel->record));
  }
  return records;
}

void Prober::warm_up() {
  for (std::uint32_t i = 0; i < warm_probes; ++i) {
    for (auto& channel : channels_) {
      // Of no run and of another size: nobody counts it, broken or not.
      const auto frame =
          encode(channel->probe(~run_, false, i), channel->record.stream.frame_size + warm_size);
      if (channel->sender.send(frame)) ++channel->sent_before;
    }
    catch_until(now() + warm_time);
  }
}

// On average as long, from half of it to one and a half. Probes in step with each other, or with a
// delay, would meet the same moments of the host again and again (RFC 2330, 11.1.1).
nanoseconds Prober::varied(nanoseconds interval) {
  const auto spread = std::uniform_real_distribution<double>(0.5, 1.5)(random_);
  return nanoseconds(static_cast<std::int64_t>(static_cast<double>(interval.count()) * spread));
}

void Prober::send_probes(const Progress& progress) {
  const auto start = now();
  const auto many = static_cast<std::int64_t>(std::max<std::size_t>(1, channels_.size()));
  nanoseconds end = start;
  for (auto& channel : channels_) {
    // Spread over the interval, so that they do not meet.
    channel->due =
        start + channel->path.interval * static_cast<std::int64_t>(channel->number) / many;
    end = std::max(end, channel->due + channel->path.interval *
                                           static_cast<std::int64_t>(channel->path.probes));
  }
  for (;;) {
    nanoseconds next = nanoseconds::max();
    const auto time = now();
    for (auto& channel : channels_) {
      auto& sent = channel->record.stream.sent;
      if (sent.size() >= channel->path.probes) continue;
      if (channel->due <= time) {
        const auto sequence = static_cast<std::uint32_t>(sent.size());
        const auto frame = encode(channel->probe(run_, false, sequence), channel->path.frame_size);
        const auto at = now();
        if (channel->sender.send(frame)) sent.push_back(at);
        channel->record.stream.late.push_back(at - channel->due);
        // One that could not be sent in time is not made up for: that would be a burst.
        channel->due = std::max(channel->due + varied(channel->path.interval), time);
      }
      if (sent.size() < channel->path.probes) next = std::min(next, channel->due);
    }
    if (next == nanoseconds::max()) break;
    if (progress)
      progress(std::clamp(static_cast<double>((time - start).count()) /
                              static_cast<double>(std::max(1ns, end - start).count()),
                          0.0, 1.0));
    catch_until(next);
  }
  nanoseconds longest{};
  for (const auto& channel : channels_) longest = std::max(longest, channel->path.longest_delay);
  catch_until(now() + longest + grace);
}

void Prober::send_trains(const Progress& progress) {
  nanoseconds longest{};
  for (auto& channel : channels_) {
    if (!channel->slow()) continue;
    send_train(*channel);
    longest = std::max(longest, channel->path.train_time + channel->path.longest_delay);
  }
  if (longest.count() != 0) catch_until(now() + longest + grace);
  for (auto& channel : channels_) {
    if (channel->path.train == 0 || channel->slow()) continue;
    send_train(*channel);
    catch_until(now() + channel->path.train_time + channel->path.longest_delay + grace / 3);
    if (progress) progress(1);
  }
}

void Prober::send_train(Channel& channel) {
  std::vector<std::vector<std::uint8_t>> frames;
  for (std::uint32_t i = 0; i < channel.path.train; ++i)
    frames.push_back(encode(channel.probe(run_, true, i), channel.path.train_frame_size));
  for (std::span<const std::vector<std::uint8_t>> rest = frames; !rest.empty();) {
    const auto count = channel.burst.send(rest);
    if (count == 0) break;
    channel.train.sent.insert(channel.train.sent.end(), count, now());
    rest = rest.subspan(count);
  }
}

void Prober::catch_until(nanoseconds until) {
  std::vector<pollfd> polled;
  for (const auto& channel : channels_) {
    polled.push_back({channel->sender.descriptor(), 0, 0});  // its time stamps come as errors
    polled.push_back({channel->receiver.descriptor(), POLLIN, 0});
  }
  for (;;) {
    const auto left = until - now();
    if (left.count() <= 0) break;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec wait{seconds.count(), (left - seconds).count()};
    if (::ppoll(polled.data(), polled.size(), &wait, nullptr) <= 0) break;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (polled[2 * i].revents != 0) read_stamps(*channels_[i]);
      if (polled[2 * i + 1].revents != 0) read_frames(*channels_[i]);
    }
  }
}

void Prober::read_stamps(Channel& channel) {
  auto& sent = channel.record.stream.sent;
  while (const auto stamp = channel.sender.sent_time()) {
    if (stamp->number < channel.sent_before || stamp->time.count() == 0) continue;
    const auto place = stamp->number - channel.sent_before;
    // Every device on the way stamps it; the first is the sender's own.
    if (place < channel.stamped || place >= sent.size()) continue;
    sent[place] = stamp->time;
    channel.stamped = place + 1;
  }
}

void Prober::read_frames(Channel& channel) {
  auto& arrivals = channel.record.stream.arrivals;
  const auto own = stream_of(channel.number, false);
  const auto train = stream_of(channel.number, true);
  while (const auto frame = channel.receiver.receive()) {
    const auto received = decode_probe(frame->frame);
    if (!received) continue;
    const auto& probe = received->probe;
    if (received->intact) {
      if (probe.run != run_) continue;
      if (probe.stream == own) arrivals.push_back({probe.sequence, frame->time, true});
      if (probe.stream == train) channel.train.arrivals.push_back(frame->time);
      continue;
    }
    // On a hub others' come by, too; one flipped bit leaves the address or the number.
    const auto size = frame->frame.size();
    const bool to_us = probe.to == channel.receiver.mac();
    if (size == channel.record.stream.frame_size && (to_us || probe.stream == own)) {
      arrivals.push_back(
          {received->numbered ? std::optional(probe.sequence) : std::nullopt, frame->time, false});
    } else if (size == channel.train.frame_size && (to_us || probe.stream == train)) {
      channel.train.arrivals.push_back(frame->time);
    }
  }
}

}  // namespace linkfab::measure
