// Values in which every column of the database differs from its default somewhere.
#pragma once

#include <chrono>
#include <limits>
#include <vector>

#include "fabric/topology.hpp"

namespace linkfab::fabric {

inline std::vector<Impairment> sample_impairments() {
  using netem::GilbertElliottLoss;
  using netem::RandomLoss;
  using netem::Slot;
  using netem::StateLoss;
  using std::chrono::microseconds;
  using std::chrono::milliseconds;
  constexpr auto most32 = std::numeric_limits<std::uint32_t>::max();
  return {
      {},
      {.delay = nanoseconds{1},
       .jitter = milliseconds{2},
       .delay_correlation = {12.5},
       .distribution = "paretonormal"},
      {.delay = milliseconds{100},
       .jitter = milliseconds{10},
       .distribution = "table",
       .table = {-32768, -1, 0, 5, 32767}},
      {.loss = RandomLoss{.probability = {0.001}, .correlation = {33.3}}, .ecn = true},
      {.loss = StateLoss{.p13 = {1}, .p31 = {20}, .p32 = {30}, .p23 = {40}, .p14 = {5}}},
      {.loss = StateLoss{.p13 = {0}, .p31 = {0}, .p32 = {0}, .p23 = {0}, .p14 = {0}}},
      {.loss = GilbertElliottLoss{.p = {1}, .r = {10}, .loss_in_bad = {70}, .loss_in_good = {0.1}}},
      {.loss = GilbertElliottLoss{.p = {0}, .r = {0}, .loss_in_bad = {0}, .loss_in_good = {0}}},
      {.delay = milliseconds{10},
       .duplicate = {1},
       .duplicate_correlation = {2},
       .corrupt = {3},
       .corrupt_correlation = {4},
       .reorder = {5},
       .reorder_correlation = {6},
       .gap = most32},
      {.rate = {10'000'000'000},
       .packet_overhead = -14,
       .cell_size = 48,
       .cell_overhead = 5,
       .limit = most32},
      {.rate = {1'000'000}, .burst = {32'768}},
      {.rate = {10'000'000'000},
       .queue = netem::QueueDiscipline{.kind = netem::QueueDiscipline::Kind::codel},
       .burst = {75'000'000'000}},
      {.slot = Slot{.min_delay = microseconds{800},
                    .max_delay = milliseconds{2},
                    .packets = 32,
                    .bytes = std::numeric_limits<std::int32_t>::max()}},
      {.slot = Slot{.distribution = "normal",
                    .delay = milliseconds{5},
                    .jitter = milliseconds{1},
                    .packets = 1}},
      {.delay = milliseconds{1}, .limit = 1, .seed = 0},
      {.delay = milliseconds{1}, .seed = std::numeric_limits<std::uint64_t>::max()},
  };
}

inline Node sample_node() {
  return {.kind = NodeKind::docker,
          .image = "quay.io/frr:9",
          .command = {"sh", "-c", "echo \"ä\"; sleep 1", "", "a", "b", "c", "d", "e", "f", "ten"},
          .environment = {{"A", ""}, {"B", "x=y z"}},
          .binds = {"/a:/b", "/c:/d:ro"},
          .sysctls = {{"net.ipv4.ip_forward", "1"}},
          .options = {{"memory", "64m"}, {"privileged", "yes"}},
          .state = NodeState::paused,
          .place = {{"host", "h2"}, {"rack", "1"}},
          .routes = {{.destination = "0.0.0.0/0", .via = "10.0.0.1"},
                     {.destination = "10.0.0.0/8", .dev = "eth0"},
                     {.destination = "2001:db8::/32", .via = "fe80::1", .dev = "eth0"}}};
}

inline Interface sample_interface() {
  return {.mac = "02:00:00:00:00:01", .mtu = 9000, .addresses = {"10.0.12.1/24", "2001:db8::1/64"}};
}

}  // namespace linkfab::fabric
