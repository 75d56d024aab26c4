// Sends probes (measure/probe_frame.hpp) from one network namespace and catches them in another,
// for many directions at once, and writes down when each left and came.
//
// The times are the kernel's, of the sender's and the receiver's own device: what lies between is
// the link. The frames pass no address, no stack and no firewall; the receiver's stack drops them,
// as it does with every EtherType that it does not know. Needs CAP_NET_RAW and, to enter
// namespaces, CAP_SYS_ADMIN. Single-threaded process only, as netem/netns.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "measure/record.hpp"

namespace linkfab::measure {

struct Side {
  std::string netns;      // a path that netem::open_netns takes
  std::string interface;  // "eth0"
};

struct Path {
  Side from;
  Side to;
  std::size_t frame_size = 128;  // of the single probes
  nanoseconds interval{};        // between two of them, on average
  std::size_t probes = 0;        // how many
  nanoseconds longest_delay{};   // how long the last one may take
  std::size_t train = 0;         // frames of a train; 0: none
  std::size_t train_frame_size = 0;
  nanoseconds train_time{};  // that it takes by what was asked for
};

class Prober {
 public:
  // Called now and then, with the share of the work that is done.
  using Progress = std::function<void(double done)>;

  Prober();
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // Opens the sockets of a path. Errors name the side. The number of the path.
  [[nodiscard]] Result<std::size_t> add(const Path& path);
  // Measures all paths; [i] is that of path i.
  [[nodiscard]] Result<std::vector<Record>> run(const Progress& progress);

 private:
  struct Channel;
  void warm_up();
  void send_probes(const Progress& progress);
  void send_trains(const Progress& progress);
  void send_train(Channel& channel);
  nanoseconds varied(nanoseconds interval);
  void catch_until(nanoseconds until);
  static void read_stamps(Channel& channel);
  void read_frames(Channel& channel);

  std::mt19937_64 random_;
  std::uint64_t run_;
  std::vector<std::unique_ptr<Channel>> channels_;
};

}  // namespace linkfab::measure
