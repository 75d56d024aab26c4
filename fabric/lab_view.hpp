// The lab as it is shown to people: what is wanted and what the agent reports, from a replica of
// all_columns() or, without counters, of state_columns() (fabric/rows.hpp).
//
// Nothing is judged wrong here but by the agent: errors are its texts. Where hosts share the lab
// nobody can say how the nodes of one are that nothing is heard of: their state is "unknown", and a
// link or segment with an end there is "down", whatever their rows say; the error says which host.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fabric/hosts.hpp"
#include "fabric/scenario_rows.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

struct InterfaceView {
  std::string name;
  Interface wanted;
  std::string attached;  // the link or segment; empty: free
  std::string device;    // the fabric's
  std::optional<std::int64_t> ofport;
  std::string state;  // "absent", "down", "up", "error"; empty: not reported yet
  std::string error;
  std::string warning;
  std::map<std::string, std::int64_t>
      statistics;  // as the node sees them: "rx_packets" came to the node
  bool operator==(const InterfaceView&) const = default;
};

struct NodeView {
  std::string name;
  std::string kind;                          // "netns", "docker", "external", "host"
  std::string host;                          // that it is on; empty: no hosts share the lab
  std::map<std::string, std::string> place;  // labels that it is to have
  std::string image;
  std::string wanted;  // "running", "paused", "stopped"
  std::string state;   // also "pending", "starting", "error", "unknown"; empty: not reported yet
  std::optional<std::int64_t> pid;
  std::string container;
  std::string progress;  // of an image's download
  std::string error;
  bool restart_due = false;
  std::vector<InterfaceView> interfaces;  // by name
  bool operator==(const NodeView&) const = default;
};

// One end of a link or segment.
struct EndView {
  std::optional<Endpoint> endpoint;  // nullopt: the interface is gone
  std::string toward;                // what frames toward it undergo, as text; empty: nothing
  std::string scenario;              // that has a say over it now; several: with commas between
  std::string state;                 // of the interface
  std::string unheard;               // why nothing is heard of its host; empty: something is
  std::string error;
  std::string warning;  // it works, but not as one would expect
  std::map<std::string, std::int64_t> statistics;
  // Of a link between hosts: how long the network takes to this end's host, as that measures it.
  std::optional<nanoseconds> underlay;
  std::optional<ovsdb::Uuid> impairment;   // the row of what is wanted toward it
  [[nodiscard]] std::string name() const;  // "r1:eth0"
  bool operator==(const EndView&) const = default;
};

struct LinkView {
  std::string name;
  std::string kind;    // "link", "hub", "switch"
  std::string wanted;  // "up", "cut"
  std::string state;   // also "down", "dangling", "error"; empty: not reported yet
  std::string error;
  bool subtract_underlay = false;
  bool flaps = false;         // a scenario pulls its cable
  bool unheard = false;       // an end is on a host that nothing is heard of
  std::vector<EndView> ends;  // of a link: a, b
  bool operator==(const LinkView&) const = default;
};

struct LabView {
  std::string name;
  std::map<std::string, std::string> options;
  std::int64_t next_cfg = 0;
  std::int64_t cur_cfg = 0;
  std::int64_t next_stats = 0;
  std::int64_t cur_stats = 0;
  std::vector<std::string> errors;  // of the fabric as a whole
  std::vector<Host> hosts;          // by name
  std::vector<NodeView> nodes;      // by name
  std::vector<LinkView> links;      // segments too; by name
};

[[nodiscard]] LabView view(const ovsdb::Replica& replica);
// A link or segment with an end of which nothing is heard is down, for the reason that the end
// says.
void mark_unheard(LinkView& link);
// Says of a link which scenarios have a say over it.
void mark_scenarios(LinkView& link, const std::vector<ScenarioView>& scenarios);

// What is still on its way to what is wanted, and what has failed to get there.
struct Progress {
  struct Wait {
    std::string object;  // "node r2"
    std::string detail;  // its state, or how far its image has come
    bool operator==(const Wait&) const = default;
  };
  std::size_t nodes_ready = 0;
  std::size_t links_ready = 0;
  std::vector<Wait> waiting;
  std::vector<std::string> errors;  // "node r2: start container: No such image: foo"

  [[nodiscard]] bool settled() const { return waiting.empty(); }
};
[[nodiscard]] Progress progress(const LabView& lab);

}  // namespace linkfab::fabric
