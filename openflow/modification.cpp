#include "openflow/modification.hpp"

#include "openflow/group.hpp"
#include "openflow/instruction.hpp"
#include "openflow/match.hpp"

namespace linkfab::openflow {
namespace {

enum class FlowCommand : std::uint8_t { add = 0, remove = 3, remove_strict = 4 };

constexpr TableId OFPTT_ALL = 0xff;

struct CookieFilter {
  Cookie cookie = 0;
  Cookie mask = 0;
};

// Everything of a flow_mod but its instructions (§7.3.4.1).
std::size_t begin_flow_mod(Writer& out, FlowCommand command, const Flow& flow, CookieFilter filter,
                           Xid xid) {
  constexpr std::uint32_t none = 0xffffffff;  // OFP_NO_BUFFER, OFPP_ANY, OFPG_ANY
  const auto start = begin_message(out, Type::flow_mod, xid);
  out.u64(filter.cookie).u64(filter.mask);
  out.u8(flow.table).u8(static_cast<std::uint8_t>(command));
  out.u16(0).u16(0);  // no timeouts
  out.u16(flow.priority).u32(none).u32(none).u32(none);
  out.u16(0).u16(0);  // no flags, no importance
  encode_match(out, flow.match);
  return start;
}

struct ModificationEncoder {
  Writer& out;
  Xid xid;

  void operator()(const AddFlow& add) const {
    const CookieFilter new_cookie{add.flow.cookie, 0};
    const auto start = begin_flow_mod(out, FlowCommand::add, add.flow, new_cookie, xid);
    encode_instructions(out, add.flow);
    end_message(out, start);
  }
  void operator()(const DeleteFlow& remove) const {
    end_message(out, begin_flow_mod(out, FlowCommand::remove_strict, remove.flow, {}, xid));
  }
  void operator()(const DeleteFlowsByCookie& remove) const {
    Flow any;
    any.table = remove.table.value_or(OFPTT_ALL);
    const CookieFilter filter{remove.cookie, remove.mask};
    end_message(out, begin_flow_mod(out, FlowCommand::remove, any, filter, xid));
  }
  void operator()(const AddGroup& add) const {
    encode_group_mod(out, GroupCommand::add, add.group, xid);
  }
  void operator()(const ModifyGroup& modify) const {
    encode_group_mod(out, GroupCommand::modify, modify.group, xid);
  }
  void operator()(const DeleteMeters&) const {
    constexpr std::uint16_t OFPMC_DELETE = 2;
    constexpr std::uint32_t OFPM_ALL = 0xffffffff;
    const auto start = begin_message(out, Type::meter_mod, xid);
    out.u16(OFPMC_DELETE).u16(0).u32(OFPM_ALL);
    end_message(out, start);
  }
  void operator()(const DeleteGroup& remove) const {
    Group group;
    group.id = remove.id;
    encode_group_mod(out, GroupCommand::remove, group, xid);
  }
};

}  // namespace

void encode(Writer& out, const Modification& modification, Xid xid) {
  std::visit(ModificationEncoder{out, xid}, modification);
}

}  // namespace linkfab::openflow
