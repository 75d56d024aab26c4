// What linux/pkt_sched.h of older kernels lacks.
#pragma once

namespace linkfab::netem {

// TCA_NETEM_PRNG_SEED, from Linux 6.6 on. An older kernel skips it.
inline constexpr int netem_prng_seed = 14;

}  // namespace linkfab::netem
