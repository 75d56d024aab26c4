// What all bridges of a process share.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "ubridge/carrier/frame_batch.hpp"
#include "ubridge/command.hpp"
#include "ubridge/frame_filter.hpp"

namespace linkfab::ubridge {

struct Workshop {
  boost::asio::any_io_executor executor;
  Log log;
  int debug_level = 0;  // 1: a line a frame, 2: a hex dump as well
  Random random;
  FrameBatch batch = {};
};

}  // namespace linkfab::ubridge
