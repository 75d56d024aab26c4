// A bridge of two NIOs at work: ports, and the passage between them while it is joined.
//
// While it is not, frames wait in the kernel's queues, and come when it is. A port that is gone (a
// tap whose network namespace died) is quiet from then on; its bridge stays and can be taken away
// like any other.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "ubridge/bridge.hpp"
#include "ubridge/carrier/passage.hpp"
#include "ubridge/carrier/port.hpp"
#include "ubridge/carrier/readiness.hpp"
#include "ubridge/carrier/workshop.hpp"

namespace linkfab::ubridge {

class CarriedBridge {
 public:
  CarriedBridge(Workshop& workshop, std::string name);

  Result<void> open(Slot slot, const Nio& nio);
  void close(Slot slot);
  Result<void> join();
  void separate();
  void rename(std::string name);
  Result<void> set_pcap_filter(Slot slot, const std::optional<std::string>& expression);

  [[nodiscard]] Passage& passage() { return passage_; }

  // Nothing to remember it for.
  [[nodiscard]] bool is_blank() const;

 private:
  struct End {
    std::unique_ptr<Port> port;
    std::unique_ptr<Readiness> readiness;  // while joined; it goes before the port
  };

  End& at(Slot slot) { return ends_.at(static_cast<std::size_t>(slot)); }
  bool pump(Slot from);

  Workshop& workshop_;
  std::string name_;
  Passage passage_;
  std::array<End, 2> ends_;
};

}  // namespace linkfab::ubridge
