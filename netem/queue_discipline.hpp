// How frames wait at a bottleneck, as a value with a text form: "fq_codel:target=5ms,ecn=yes".
//
// What is not given is the discipline's usual value, which resolved() fills in. Sources:
// net/sched/sch_{fifo,codel,fq_codel,pie,red,cake,sfq}.c, RFC 8289 (CoDel), RFC 8290 (FQ-CoDel),
// RFC 8033 (PIE), RFC 2309 (RED).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/units.hpp"

namespace linkfab::netem {

struct QueueDiscipline {
  enum class Kind { fifo, codel, fq_codel, pie, red, cake, sfq } kind = Kind::fifo;
  // As the kernel numbers them (CAKE_FLOW_*, CAKE_DIFFSERV_*).
  enum class Isolation {
    flowblind,
    srchost,
    dsthost,
    hosts,
    flows,
    dual_srchost,
    dual_dsthost,
    triple_isolate
  };
  enum class Diffserv { diffserv3, diffserv4, diffserv8, besteffort, precedence };

  std::optional<std::uint32_t> limit;  // frames; of red bytes; not of cake
  // codel, fq_codel, pie: the delay that is put up with; of cake by resolved(), from rtt and rate
  std::optional<nanoseconds> target;
  std::optional<nanoseconds> interval;   // the same: how long it may be exceeded; pie: the update's
  std::optional<std::uint32_t> flows;    // fq_codel: how many queues there are, 1 to 65536
  std::optional<std::uint32_t> min;      // red: bytes at which it begins to drop
  std::optional<std::uint32_t> max;      // red: bytes at which it drops with `probability`
  std::optional<Percent> probability;    // red
  std::optional<bool> ecn;               // mark instead of drop; codel, fq_codel, pie, red
  std::optional<Isolation> isolation;    // cake, its key is "flows": who shares with whom
  std::optional<Diffserv> diffserv;      // cake: which DSCPs go into which tins
  std::optional<nanoseconds> rtt;        // cake: of the paths through it
  std::optional<bool> ack_filter;        // cake: only the last of a flow's ACKs stays in the queue
  std::optional<Size> memlimit;          // cake
  std::optional<nanoseconds> perturb;    // sfq: how often flows are hashed anew; 0: never
  std::optional<std::uint32_t> quantum;  // sfq: bytes of a flow at its turn
  bool operator==(const QueueDiscipline&) const = default;
};

// "KIND[:KEY=VALUE,…]". Errors name the part and what would be right.
[[nodiscard]] Result<QueueDiscipline> parse_queue(std::string_view text);
[[nodiscard]] std::string format_queue(const QueueDiscipline& queue);

// What the discipline does where nothing else is said, at so many bytes a second.
[[nodiscard]] QueueDiscipline resolved(const QueueDiscipline& queue, std::uint64_t rate_bytes);

}  // namespace linkfab::netem
