// How frames wait at a bottleneck, as a value with a text form: "fq_codel:target=5ms,ecn=yes".
//
// What is not given is the discipline's usual value, which resolved() fills in. Sources:
// net/sched/sch_{fifo,codel,fq_codel,pie,red}.c, RFC 8289 (CoDel), RFC 8290 (FQ-CoDel), RFC 8033
// (PIE), RFC 2309 (RED).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/units.hpp"

namespace linkfab::netem {

struct QueueDiscipline {
  enum class Kind { fifo, codel, fq_codel, pie, red } kind = Kind::fifo;
  std::optional<std::uint32_t> limit;   // frames; of red bytes
  std::optional<nanoseconds> target;    // codel, fq_codel, pie: the delay that is put up with
  std::optional<nanoseconds> interval;  // the same: how long it may be exceeded; pie: the update's
  std::optional<std::uint32_t> flows;   // fq_codel: how many queues there are, 1 to 65536
  std::optional<std::uint32_t> min;     // red: bytes at which it begins to drop
  std::optional<std::uint32_t> max;     // red: bytes at which it drops with `probability`
  std::optional<Percent> probability;   // red
  std::optional<bool> ecn;              // mark instead of drop; not of fifo
  bool operator==(const QueueDiscipline&) const = default;
};

// "KIND[:KEY=VALUE,…]". Errors name the part and what would be right.
[[nodiscard]] Result<QueueDiscipline> parse_queue(std::string_view text);
[[nodiscard]] std::string format_queue(const QueueDiscipline& queue);

// What the discipline does where nothing else is said, at so many bytes a second.
[[nodiscard]] QueueDiscipline resolved(const QueueDiscipline& queue, std::uint64_t rate_bytes);

}  // namespace linkfab::netem
