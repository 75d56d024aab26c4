// Room in the host's neighbour tables for as long as it lives. All namespaces of a host share one
// for IPv4 and one for IPv6, by default of 1,024 entries, which forty hosts that all speak with
// each other fill: then nobody finds a new neighbour for seconds (arp(7), gc_thresh3).
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace linkfab::measure {

class NeighbourRoom {
 public:
  // Raises the limits where they are lower, as far as that is permitted; puts them back at the end.
  explicit NeighbourRoom(std::size_t entries);
  ~NeighbourRoom();
  NeighbourRoom(const NeighbourRoom&) = delete;
  NeighbourRoom& operator=(const NeighbourRoom&) = delete;

 private:
  std::map<std::string, std::string> before_;  // by name
};

}  // namespace linkfab::measure
