// What `linkfab verify` looks at: the directions of the chosen links, and how each can be measured.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "fabric/lab_view.hpp"
#include "fabric/paths.hpp"
#include "fabric/topology.hpp"
#include "measure/prober.hpp"

namespace linkfab::cli {

// Frames of a link from one interface to another; of a segment, from one member toward another.
struct Subject {
  std::string link;
  fabric::Endpoint from;
  fabric::Endpoint to;
  netem::Impairment requested;
  // Of a link whose underlay is subtracted, to be off the delay that the qdisc has.
  std::optional<nanoseconds> underlay;
  bool up = true;       // false: the link is cut
  bool varies = false;  // a scenario changes it over time
  bool alone = true;    // all that `from` sends goes to `to`: false for a segment
  std::string sender;   // the host's device of `from`
  std::string device;   // of the port whose qdisc has the impairment
  std::uint32_t frame_size =
      0;                // of the largest frame that `to` takes, which queue limits count in
  std::string why_not;  // measuring it is impossible; empty: it can be measured
  measure::Path path;   // where it can: the two sides
};

// Of the links and segments named, in their order; all where none is.
[[nodiscard]] std::vector<Subject> find_subjects(const fabric::LabView& lab,
                                                 const fabric::Topology& topology,
                                                 const std::vector<std::string>& links,
                                                 const fabric::Paths& paths);

// How many probes, how often and of which size, and the train, for `time` altogether and `count`
// directions at once: at most 4,000 frames a second on this host, and a tenth of any rate.
void plan_probes(Subject& subject, std::size_t count, nanoseconds time);

}  // namespace linkfab::cli
