// Calls a function on the loop whenever a descriptor can be read, from construction to destruction.
//
// The function does a bounded piece of work and says whether to go on; what is left over calls it
// again after everybody else had a turn. It may be destroyed at any time, also by its function's
// doing; the descriptor is the owner's and outlives it.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace linkfab::ubridge {

class Readiness {
 public:
  Readiness(boost::asio::any_io_executor executor, int descriptor, std::function<bool()> on_ready);
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

 private:
  struct Watch;  // outlives us in a handler that is under way
  std::shared_ptr<Watch> watch_;
};

}  // namespace linkfab::ubridge
