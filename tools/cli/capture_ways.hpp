// Where the frames of links can be seen, each direction in two places: `before`, as the sender's
// end sent it, and `after`, what is left of it behind the impairment, on its way to the receiver.
//
// Both are on the host, so nothing enters a node. Before: what the fabric's device of the sender
// receives. After: what that of the receiver sends, behind its qdisc. A segment's frames come from
// a member before, and go to a member after. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/lab_view.hpp"

namespace linkfab::cli {

struct CaptureWay {
  std::string link;
  std::string name;    // "r1:eth0->r2:eth0 after", "r1:eth0->lan before"
  std::string device;  // of the host; empty: there is none yet
  std::string node;    // that the device leads to
  std::string host;    // of the node; empty: no hosts share the lab
  bool outgoing = false;
  std::string what;           // "link r1--r2"
  std::string impairment;     // of the direction; "none"
  std::uint32_t largest = 0;  // frame; what is longer is several in one
  bool operator==(const CaptureWay&) const = default;
};

struct CaptureChoice {
  bool before = false;
  bool after = true;
  std::string from;  // NODE or NODE:IF; empty: any
  std::string to;
};

// Of the named links and segments, in their order. Errc::invalid where an end that was chosen is
// none of a link; a name that is not in the lab has no ways.
[[nodiscard]] Result<std::vector<CaptureWay>> capture_ways(const fabric::LabView& lab,
                                                           const std::vector<std::string>& links,
                                                           const CaptureChoice& choice);

}  // namespace linkfab::cli
