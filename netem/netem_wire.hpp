// Parts of messages about qdiscs that are made and read in more than one place.
#pragma once

#include <optional>
#include <string>

#include "core/bytes.hpp"
#include "netem/message.hpp"
#include "netem/qdisc.hpp"

namespace linkfab::netem {

// TCA_NETEM_PRNG_SEED, from Linux 6.6 on. An older kernel skips it, and its headers lack it.
inline constexpr int netem_prng_seed = 14;

// TCA_OPTIONS of a netem, and back.
void put_netem(Message& options, const Netem& netem);
[[nodiscard]] Netem decode_netem(ByteView options);

// TCA_OPTIONS of a queue discipline, which is resolved(). `made`: it is not there yet.
void put_queue(Message& message, const QueueDiscipline& queue, std::uint32_t quantum,
               std::uint64_t rate_bytes, bool made);
// nullopt: of another kind.
[[nodiscard]] std::optional<QueueDiscipline> decode_queue(const std::string& kind,
                                                          ByteView options);
[[nodiscard]] const char* kernel_kind(QueueDiscipline::Kind kind);

}  // namespace linkfab::netem
