#include "measure/neighbour_room.hpp"

#include "core/fd.hpp"
#include "core/units.hpp"
#include "netem/sysctl.hpp"

namespace linkfab::measure {

NeighbourRoom::NeighbourRoom(std::size_t entries) {
  // At gc_thresh2 entries go after five seconds, at gc_thresh3 no more come.
  for (const std::string family : {"ipv4", "ipv6"})
    for (const std::string limit : {"gc_thresh3", "gc_thresh2"}) {
      const auto text = read_file("/proc/sys/net/" + family + "/neigh/default/" + limit);
      if (!text) continue;
      const auto digits = text->substr(0, text->find('\n'));
      const auto now = parse_integer(digits, 0, INT32_MAX);
      if (!now || static_cast<std::size_t>(*now) >= entries) continue;
      const auto name = "net." + family + ".neigh.default." + limit;
      if (netem::write_sysctl(name, std::to_string(entries))) before_[name] = digits;
    }
}

NeighbourRoom::~NeighbourRoom() {
  for (const auto& [name, value] : before_) (void)netem::write_sysctl(name, value);
}

}  // namespace linkfab::measure
