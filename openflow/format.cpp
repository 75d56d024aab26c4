#include <iterator>

#include <fmt/format.h>

#include "openflow/flow.hpp"

namespace linkfab::openflow {
namespace {

using Text = std::back_insert_iterator<std::string>;

std::string port_name(PortNo port) {
  switch (port.value) {
    case 0xfffffff8:
      return "IN_PORT";
    case 0xfffffffe:
      return "LOCAL";
    default:
      return std::to_string(port.value);
  }
}

std::string number(std::uint64_t value) {
  return fmt::format("{:#x}", value);
}

std::string address(std::uint64_t value) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", value >> 40 & 0xff,
                     value >> 32 & 0xff, value >> 24 & 0xff, value >> 16 & 0xff, value >> 8 & 0xff,
                     value & 0xff);
}

std::string masked(const Masked& field, std::string (*one)(std::uint64_t)) {
  if (field.mask == ~std::uint64_t{0}) return one(field.value);
  return one(field.value) + "/" + one(field.mask);
}

void put_match(Text out, const Match& given) {
  const Match match = canonical(given);
  if (match.in_port) fmt::format_to(out, ",in_port={}", port_name(*match.in_port));
  if (match.reg0) fmt::format_to(out, ",reg0={}", masked(*match.reg0, number));
  if (match.metadata) fmt::format_to(out, ",metadata={}", masked(*match.metadata, number));
  if (match.eth_src) fmt::format_to(out, ",dl_src={}", masked(*match.eth_src, address));
  if (match.eth_dst) fmt::format_to(out, ",dl_dst={}", masked(*match.eth_dst, address));
  if (match.eth_type) fmt::format_to(out, ",dl_type={:#06x}", *match.eth_type);
}

struct ActionText {
  Text out;

  void operator()(const Output& action) const {
    fmt::format_to(out, ",output:{}", port_name(action.port));
  }
  void operator()(const ToGroup& action) const {
    fmt::format_to(out, ",group:{}", action.group.value);
  }
  void operator()(const Resubmit& action) const {
    fmt::format_to(out, ",resubmit(,{})", action.table);
  }
  void operator()(const OutputReg0&) const { fmt::format_to(out, ",output:NXM_NX_REG0[0..15]"); }
  void operator()(const LearnSource& action) const {
    fmt::format_to(out, ",learn(table={},idle_timeout={},priority={},cookie={:#x}", action.table,
                   action.idle_timeout, action.priority, action.cookie);
    if (action.limit != 0) fmt::format_to(out, ",limit={}", action.limit);
    fmt::format_to(out,
                   ",OXM_OF_METADATA[],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
                   "load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15])");
  }
};

std::string actions_text(const Flow& flow) {
  std::string text;
  const Text out(text);
  for (const Action& action : flow.actions) std::visit(ActionText{out}, action);
  if (flow.write_metadata) {
    fmt::format_to(out, ",write_metadata:{}", masked(*flow.write_metadata, number));
  }
  if (flow.goto_table) fmt::format_to(out, ",goto_table:{}", *flow.goto_table);
  if (flow.opaque) text += ",(more than is known here)";
  return text.empty() ? "drop" : text.substr(1);
}

struct ModificationText {
  std::string operator()(const AddFlow& add) const { return "add flow " + format(add.flow); }
  std::string operator()(const DeleteFlow& remove) const {
    std::string text =
        fmt::format("delete flow table={},priority={}", remove.flow.table, remove.flow.priority);
    put_match(Text(text), remove.flow.match);
    return text;
  }
  std::string operator()(const DeleteFlowsByCookie& remove) const {
    std::string text = fmt::format("delete flows cookie={:#x}/{:#x}", remove.cookie, remove.mask);
    if (remove.table) text += fmt::format(",table={}", *remove.table);
    return text;
  }
  std::string operator()(const AddGroup& add) const { return "add group " + format(add.group); }
  std::string operator()(const ModifyGroup& modify) const {
    return "modify group " + format(modify.group);
  }
  std::string operator()(const DeleteMeters&) const { return "delete all meters"; }
  std::string operator()(const DeleteGroup& remove) const {
    return fmt::format("delete group group_id={}", remove.id.value);
  }
};

}  // namespace

std::string format(const Flow& flow) {
  std::string text;
  const Text out(text);
  if (flow.cookie != 0) fmt::format_to(out, "cookie={:#x},", flow.cookie);
  fmt::format_to(out, "table={},priority={}", flow.table, flow.priority);
  put_match(out, flow.match);
  return text + ",actions=" + actions_text(flow);
}

std::string format(const Group& group) {
  std::string text = fmt::format("group_id={},type=all", group.id.value);
  for (const PortNo port : group.outputs)
    fmt::format_to(Text(text), ",bucket=actions=output:{}", port_name(port));
  if (group.opaque) text += ",(more than is known here)";
  return text;
}

std::string format(const Modification& modification) {
  return std::visit(ModificationText{}, modification);
}

}  // namespace linkfab::openflow
