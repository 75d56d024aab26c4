// Single changes of a running lab, as closed transactions (fabric/edit.hpp) made from a replica of
// wanted_columns() or more: what `linkfab connect`, `disconnect`, `move`, `set`, `cut`, `play`
// and the commands for nodes do, whole or not at all. Pure.
// Each is recorded with its author (fabric/change_log.hpp).
//
// A transaction is empty where there is nothing to change. Errc::not_found names what is missing,
// Errc::exists what is taken. With `alone` the transaction fails with Errc::conflict if another
// client has changed anything since the replica; whatever plugs cables always does.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/change_log.hpp"
#include "fabric/scenario.hpp"
#include "fabric/scenario_rows.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

// As its rows say; an end whose interface is gone is an Endpoint{}.
[[nodiscard]] Result<Link> find_link(const ovsdb::Replica& replica, const std::string& name);
[[nodiscard]] Result<Segment> find_segment(const ovsdb::Replica& replica, const std::string& name);

// Interfaces that a node does not have yet are made.
[[nodiscard]] Result<ovsdb::Transaction> add_link(const ovsdb::Replica& replica,
                                                  const std::string& name, const Link& link,
                                                  const Author& author);
// Ends that are others are plugged in there.
[[nodiscard]] Result<ovsdb::Transaction> change_link(const ovsdb::Replica& replica,
                                                     const std::string& name, const Link& wanted,
                                                     const Author& author, bool alone = false);
// What the link is called after that change: a name made from the ends follows them.
[[nodiscard]] std::string name_after(const std::string& name, const Link& before,
                                     const Link& after);
[[nodiscard]] Result<ovsdb::Transaction> remove_link(const ovsdb::Replica& replica,
                                                     const std::string& name, const Author& author,
                                                     bool alone = false);

// State and impairments; the members stay who they are.
[[nodiscard]] Result<ovsdb::Transaction> change_segment(const ovsdb::Replica& replica,
                                                        const std::string& name,
                                                        const Segment& wanted, const Author& author,
                                                        bool alone = false);

// Plugs an interface into a segment; of one that is a member already only changes what frames
// toward it undergo. nullopt: as it was, of a new member nothing. Interfaces that the node does not
// have yet are made.
[[nodiscard]] Result<ovsdb::Transaction> put_member(const ovsdb::Replica& replica,
                                                    const std::string& segment,
                                                    const Endpoint& member,
                                                    const std::optional<Impairment>& toward,
                                                    const Author& author, bool alone = false);
// Takes it out; the interface stays.
[[nodiscard]] Result<ovsdb::Transaction> remove_member(const ovsdb::Replica& replica,
                                                       const std::string& segment,
                                                       const Endpoint& member,
                                                       const Author& author);

enum class NodeAction { start, stop, suspend, resume, restart };
// Errc::refused for hosts and for what somebody else runs.
[[nodiscard]] Result<ovsdb::Transaction> change_node(const ovsdb::Replica& replica,
                                                     const std::string& name, NodeAction action,
                                                     const Author& author, bool alone = false);

// Begins a scenario, which is resolved (fabric/scenario_file.hpp). One of its name that is over
// makes room. Of the replica it needs the Fabric row and shown_scenario_columns(). Errc::exists:
// one of its name plays, or keeps its last values; Errc::refused: another one sets what it sets.
[[nodiscard]] Result<ovsdb::Transaction> play(const ovsdb::Replica& replica,
                                              const Scenario& scenario, const Author& author);
// Whether it may, beside those that are there already.
[[nodiscard]] Result<void> check_beside(const Scenario& scenario,
                                        const std::vector<ScenarioView>& others);
[[nodiscard]] Result<ovsdb::Transaction> remove_scenario(const ovsdb::Replica& replica,
                                                         const std::string& name,
                                                         const Author& author, bool alone = false);

}  // namespace linkfab::fabric
