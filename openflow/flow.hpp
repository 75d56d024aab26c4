// Flows and groups as values: what a switch is asked for, and what it says it has.
//
// Names are those of the OpenFlow 1.4 specification and, for the Nicira extensions, of
// ovs-actions(7) and ovs-fields(7). Values compare with ==, and decode(encode(x)) == x, so that
// wanted and dumped flows can be compared directly. Only what linkfab writes is representable; a
// dumped flow with anything else has `opaque` set and compares unequal to every wanted one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace linkfab::openflow {

struct PortNo {
  std::uint32_t value = 0;
  auto operator<=>(const PortNo&) const = default;
};
inline constexpr PortNo normal_port{0xfffffffa};  // OFPP_NORMAL: as a switch that learns
struct GroupId {
  std::uint32_t value = 0;
  auto operator<=>(const GroupId&) const = default;
};
using TableId = std::uint8_t;
using Cookie = std::uint64_t;

inline constexpr GroupId all_groups{0xfffffffc};  // OFPG_ALL, to delete

// A value under a mask; all ones: exact.
struct Masked {
  std::uint64_t value = 0;
  std::uint64_t mask = ~std::uint64_t{0};
  auto operator<=>(const Masked&) const = default;
};

// Absent fields are wildcards.
struct Match {
  std::optional<PortNo> in_port;
  std::optional<Masked> metadata;  // OXM_OF_METADATA
  std::optional<Masked> eth_src;   // 48 bits
  std::optional<Masked> eth_dst;
  std::optional<std::uint16_t> eth_type;
  std::optional<Masked> reg0;  // NXM_NX_REG0, 32 bits
  auto operator<=>(const Match&) const = default;
};

struct Output {
  PortNo port;
  auto operator<=>(const Output&) const = default;
};
struct ToGroup {
  GroupId group;
  auto operator<=>(const ToGroup&) const = default;
};
// resubmit(,table): the table's actions, then back here.
struct Resubmit {
  TableId table = 0;
  auto operator<=>(const Resubmit&) const = default;
};
// output:NXM_NX_REG0[0..15]
struct OutputReg0 {
  auto operator<=>(const OutputReg0&) const = default;
};
// learn(table=…,idle_timeout=…,priority=…,cookie=…,limit=…,OXM_OF_METADATA[],
//       NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15]):
// the port on which this frame's source lives, within its segment (the metadata).
struct LearnSource {
  TableId table = 0;
  std::uint16_t idle_timeout = 300;  // seconds
  std::uint16_t priority = 0;
  Cookie cookie = 0;
  std::uint32_t limit = 0;  // most flows of this cookie in that table; 0: no bound
  auto operator<=>(const LearnSource&) const = default;
};
using Action = std::variant<Output, ToGroup, Resubmit, OutputReg0, LearnSource>;

struct Flow {
  TableId table = 0;
  std::uint16_t priority = 0;
  Cookie cookie = 0;
  Match match;
  std::vector<Action> actions;           // apply-actions; empty and nothing below: drop
  std::optional<Masked> write_metadata;  // the write-metadata instruction
  std::optional<TableId> goto_table;     // the goto-table instruction
  bool opaque = false;                   // holds something this type cannot say
  auto operator<=>(const Flow&) const = default;
};

// As a switch gives it back: no bits outside a mask, no field with an empty mask, a full mask as
// all ones; outputs sorted. What is decoded is canonical; difference() makes canonical what is
// wanted.
[[nodiscard]] Match canonical(Match match);
[[nodiscard]] Flow canonical(Flow flow);

// What identifies a flow in a switch (OpenFlow 1.4 §6.4): table, priority and match, canonical.
[[nodiscard]] std::tuple<TableId, std::uint16_t, Match> key(const Flow& flow);

// A group of type "all": a copy of the frame to every bucket but the one for its in_port.
struct Group {
  GroupId id;
  std::vector<PortNo> outputs;  // one bucket each, sorted
  bool opaque = false;          // another type, or buckets with anything but one output
  auto operator<=>(const Group&) const = default;
};
[[nodiscard]] Group canonical(Group group);

struct FlowStats {
  Flow flow;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// ovs-ofctl's notation, for logs and tests: "table=0,priority=100,in_port=1,actions=output:2".
[[nodiscard]] std::string format(const Flow& flow);
[[nodiscard]] std::string format(const Group& group);

// A change of the switch's tables.
struct AddFlow {  // adds, or replaces the flow with the same key
  Flow flow;
  auto operator<=>(const AddFlow&) const = default;
};
struct DeleteFlow {  // strict: exactly this table, priority and match
  Flow flow;
  auto operator<=>(const DeleteFlow&) const = default;
};
struct DeleteFlowsByCookie {
  Cookie cookie = 0;
  Cookie mask = ~Cookie{0};
  std::optional<TableId> table;  // nullopt: every table
  auto operator<=>(const DeleteFlowsByCookie&) const = default;
};
struct AddGroup {
  Group group;
  auto operator<=>(const AddGroup&) const = default;
};
struct ModifyGroup {
  Group group;
  auto operator<=>(const ModifyGroup&) const = default;
};
struct DeleteGroup {  // the switch deletes the flows that name it, too
  GroupId id;
  auto operator<=>(const DeleteGroup&) const = default;
};
struct DeleteMeters {  // all of them; not in a bundle, Open vSwitch takes none there
  auto operator<=>(const DeleteMeters&) const = default;
};
using Modification = std::variant<DeleteFlowsByCookie, DeleteFlow, DeleteGroup, DeleteMeters,
                                  AddGroup, ModifyGroup, AddFlow>;

// "add flow table=0,…", "delete group 23".
[[nodiscard]] std::string format(const Modification& modification);

// What turns `have` into `want`, in an order in which a switch accepts it: group additions and
// changes before the flows that use them, group deletions after the flows are gone. Pure; nothing
// for equal states. Flows of `have` whose cookie is not under (owner, owner_mask), and those in
// tables named by `learned`, are left alone.
[[nodiscard]] std::vector<Modification> difference(const std::vector<Flow>& want_flows,
                                                   const std::vector<Group>& want_groups,
                                                   const std::vector<Flow>& have_flows,
                                                   const std::vector<Group>& have_groups,
                                                   Cookie owner, Cookie owner_mask,
                                                   const std::vector<TableId>& learned);

}  // namespace linkfab::openflow
