// From a port's descriptor to where its frames go, a turn's worth.
#pragma once

#include "ubridge/carrier/frame_batch.hpp"
#include "ubridge/carrier/port.hpp"

namespace linkfab::ubridge {

// `read` fills the batch, `pass_on` takes what is in it. Ends when nothing is left, or after as
// much as is fair to the others.
template <class Read, class PassOn>
Reading pump_a_turn(FrameBatch& batch, Read read, PassOn pass_on) {
  constexpr int turns = 4;
  Reading reading = Reading::some;
  for (int i = 0; i < turns && reading == Reading::some; ++i) {
    reading = read(batch);
    if (!batch.frames().empty()) pass_on(batch.frames());
  }
  return reading;
}

}  // namespace linkfab::ubridge
