// The hosts that share a Linkfab database: their rows, and what they have said.
//
// Each agent writes its own row and no other, so that none can speak for another; of one that has
// died the others say so in theirs.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

struct Host {
  std::string name;
  std::string address;                        // of its ends of tunnels; empty: no other is reached
  std::map<std::string, std::string> labels;  // "host" is its name and cannot be another
  enum class Wanted { member, draining, removed } wanted = Wanted::member;
  std::string version;  // of its agent; empty: none has come yet
  std::optional<std::int64_t> pid;
  std::map<std::string, std::string> capabilities;
  std::int64_t cur_cfg = 0;
  std::int64_t cur_stats = 0;
  std::int64_t beat = 0;     // rises as long as its agent reaches the database
  std::int64_t beat_ns = 0;  // when it did so last, by its own clock, since 1970; 0: never
  // How long the network to other hosts takes, one way, by their names; only those that a link or
  // segment of the lab goes to.
  std::map<std::string, std::chrono::nanoseconds> underlay;
  bool silent = false;           // another has heard no beat since this one for a while
  std::set<std::string> errors;  // what keeps its whole part from following

  // Is there an agent that deals with changes?
  [[nodiscard]] bool answers() const { return !version.empty() && !silent; }
  bool operator==(const Host&) const = default;
};

// Why nobody can say how what is on the host of that name is: "host h2 is silent", "host h2 has no
// agent". Empty: its agent answers.
[[nodiscard]] std::string why_unheard(const std::map<std::string, Host>& hosts,
                                      const std::string& name);

// What tells this machine, since its last start, from all others: of a copied disk machine-id(5)
// alone is the same.
[[nodiscard]] std::string this_machine();

// By name. The replica has the Host table, all columns or some.
[[nodiscard]] std::map<std::string, Host> hosts(const ovsdb::Replica& replica);

// The agents of a database that they share say so in their rows.
[[nodiscard]] bool is_shared(const ovsdb::Replica& replica);

// The number of the last change (cur_cfg), or of the last request for counters (cur_stats), that
// all hosts which answer have dealt with; 0: there is none that answers.
[[nodiscard]] std::int64_t least(const std::map<std::string, Host>& hosts,
                                 std::int64_t Host::* number);
[[nodiscard]] std::int64_t least_cfg(const ovsdb::Replica& replica);

}  // namespace linkfab::fabric
