// What an interface has sent, received and lost, as its node sees it: what it received is what the
// fabric's end of it sent.
//
// Every value is the kernel's, counted since the device was made: a node that restarts starts at
// zero. Causes are told apart as far as the kernel does. It has one counter for what a netem loses,
// finds no room for in its queue and, with ecn, marks instead; frames that a node sends without a
// carrier are not counted anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace linkfab::netem {
struct DeviceStats;
}
namespace linkfab::ovsdb {
class Datum;
}

namespace linkfab::fabric {

struct HostDevice;

struct InterfaceCounters {
  struct Direction {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t dropped = 0;  // the far end's device was down, or the frame too long for it
    std::uint64_t errors = 0;   // too long for the fabric's own device
    bool operator==(const Direction&) const = default;
  };
  // Of the impairment toward the node.
  struct Queue {
    std::uint32_t drops = 0;
    std::uint32_t packets = 0;  // in it now
    std::uint32_t bytes = 0;
    bool operator==(const Queue&) const = default;
  };
  Direction received;
  Direction sent;
  std::optional<Queue> queue;  // nullopt: no impairment
  // Of one class of the impairment toward the node.
  struct Class {
    std::string match;
    std::uint64_t packets = 0;  // passed on
    std::uint64_t bytes = 0;
    std::uint64_t dropped = 0;
    bool operator==(const Class&) const = default;
  };
  std::vector<Class> classes;
  std::uint32_t carrier_changes = 0;
  bool operator==(const InterfaceCounters&) const = default;
};

// Without the classes, whose filters a device does not name. `passed_by` is what took a shortcut
// and did not come by at this device.
[[nodiscard]] InterfaceCounters counters_of(const HostDevice& device,
                                            const netem::DeviceStats& passed_by);

// Interface.statistics of the database.
[[nodiscard]] ovsdb::Datum statistics(const InterfaceCounters& counters);

}  // namespace linkfab::fabric
