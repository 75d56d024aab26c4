// What a host looks like to everybody else: all that a lab may have touched. Two of them are equal
// where the lab has left the host as it was.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace linkfab::test {

class HostSnapshot {
 public:
  static HostSnapshot take();

  // What differs, one line each: "+ devices: 7: lf2q8j…" is new in `after`.
  [[nodiscard]] std::vector<std::string> changes(const HostSnapshot& after) const;

 private:
  // Sorted lines by what they are of: devices, qdiscs, mounts...
  std::map<std::string, std::vector<std::string>> parts_;
};

}  // namespace linkfab::test
