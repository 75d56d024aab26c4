#include "measure/ping_all.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <poll.h>
#include <random>

#include "measure/echo_socket.hpp"
#include "measure/neighbour_room.hpp"
#include "measure/packet_socket.hpp"
#include "netem/netns.hpp"

namespace linkfab::measure {
namespace {

using namespace std::chrono_literals;

class PingAll {
 public:
  PingAll(const std::vector<Host>& hosts, const PingOptions& options)
      : hosts_(hosts), options_(options), run_(std::random_device{}()) {
    run_ = run_ << 32U | std::random_device{}();
  }

  // Each host begins with the one behind it: nobody is asked by all at once.
  Result<void> prepare() {
    for (std::size_t from = 0; from < hosts_.size(); ++from) {
      if (hosts_[from].netns.empty()) continue;
      for (std::size_t next = 1; next < hosts_.size(); ++next) {
        const auto to = (from + next) % hosts_.size();
        results_.push_back({.from = from,
                            .to = to,
                            .address = way_to(hosts_[from], hosts_[to], options_.family),
                            .round_trips = {},
                            .error = {}});
        const auto& address = results_.back().address;
        if (!address) continue;
        if (auto opened = open_socket(from, address->family); !opened) return opened;
      }
    }
    return {};
  }

  std::vector<Pinged> run(const std::function<void(double)>& progress) {
    const NeighbourRoom room(2 * results_.size() + spare_neighbours);
    std::vector<EchoSchedule::Pair> pairs;
    for (const auto& result : results_) pairs.push_back({result.from, result.to});
    EchoSchedule schedule(std::move(pairs), options_.count, options_.wait);
    const auto all = static_cast<double>(results_.size() * options_.count);
    for (;;) {
      // A socket's buffer must never fill up with answers meanwhile.
      for (int i = 0; i < most_at_once; ++i) {
        const auto which = schedule.due(now());
        if (!which) break;
        send(schedule, *which);
      }
      const auto next = schedule.next(now());
      if (!next) break;
      receive_until(schedule, *next);
      if (progress && all > 0) progress(static_cast<double>(schedule.asked()) / all);
    }
    for (std::size_t i = 0; i < results_.size(); ++i)
      results_[i].round_trips = schedule.round_trips()[i];
    std::ranges::sort(results_, {}, [](const Pinged& one) { return std::pair(one.from, one.to); });
    return std::move(results_);
  }

 private:
  static constexpr std::size_t spare_neighbours = 512;
  static constexpr int most_at_once = 64;

  Result<void> open_socket(std::size_t host, int family) {
    if (sockets_.contains({host, family})) return {};
    const auto netns = netem::open_netns(hosts_[host].netns);
    if (!netns) return std::unexpected(netns.error());
    const auto inside = netem::EnteredNetns::enter(*netns);
    if (!inside) return std::unexpected(inside.error());
    auto socket = EchoSocket::open(family);
    if (!socket) {
      socket.error().attempt += " in node " + hosts_[host].name;
      return std::unexpected(socket.error());
    }
    sockets_.emplace(std::pair(host, family), std::move(*socket));
    return {};
  }

  void send(EchoSchedule& schedule, const EchoSchedule::Due& which) {
    auto& result = results_[which.pair];
    if (!result.address) {
      result.error = "no address that both could use";
      schedule.failed(which);
      return;
    }
    const auto& socket = sockets_.at({result.from, result.address->family});
    const Echo echo{.run = run_, .pair = which.pair, .round = which.round};
    const int error = socket.send(echo, *result.address);
    if (error == 0) return;
    result.error = std::strerror(error);
    schedule.failed(which);
  }

  void receive_until(EchoSchedule& schedule, nanoseconds until) {
    std::vector<pollfd> polled;
    for (const auto& [place, socket] : sockets_) polled.push_back({socket.descriptor(), POLLIN, 0});
    const auto left = std::clamp<nanoseconds>(until - now(), 0ns, 1s);
    const timespec wait{left / 1s, (left % 1s).count()};
    if (::ppoll(polled.data(), polled.size(), &wait, nullptr) <= 0) return;
    auto each = polled.begin();
    for (const auto& [place, socket] : sockets_) {
      if ((each++)->revents == 0) continue;
      while (const auto received = socket.receive())
        if (received->echo.run == run_)
          schedule.answered({received->echo.pair, received->echo.round}, received->time);
    }
  }

  const std::vector<Host>& hosts_;
  const PingOptions& options_;
  std::uint64_t run_;
  std::map<std::pair<std::size_t, int>, EchoSocket> sockets_;  // by host and family
  std::vector<Pinged> results_;
};

}  // namespace

std::size_t Pinged::received() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(round_trips, [](const auto& each) { return each.has_value(); }));
}

Result<std::vector<Pinged>> ping_all(const std::vector<Host>& hosts, const PingOptions& options,
                                     const std::function<void(double)>& progress) {
  PingAll all(hosts, options);
  if (auto prepared = all.prepare(); !prepared) return std::unexpected(prepared.error());
  return all.run(progress);
}

}  // namespace linkfab::measure
