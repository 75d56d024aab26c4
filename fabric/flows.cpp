#include "fabric/flows.hpp"

#include <algorithm>

#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

using openflow::Flow;
using openflow::Group;
using openflow::GroupId;
using openflow::LearnSource;
using openflow::Masked;
using openflow::Output;
using openflow::OutputReg0;
using openflow::PortNo;
using openflow::Resubmit;
using openflow::ToGroup;

constexpr std::uint16_t port_priority = 100;
constexpr std::uint16_t idle_seconds = 300;  // the ageing time of IEEE 802.1D
constexpr Masked multicast_bit{.value = 0x0100'0000'0000, .mask = 0x0100'0000'0000};

Flow link_flow(openflow::Cookie owner, PortNo from, PortNo to) {
  return {.table = port_table,
          .priority = port_priority,
          .cookie = owner,
          .match = {.in_port = from},
          .actions = {Output{to}}};
}

}  // namespace

Tables link_tables(const std::string& name, PortNo a, PortNo b) {
  const auto owner = cookie(name);
  return {.flows = {link_flow(owner, a, b), link_flow(owner, b, a)}};
}

void redirect(Tables& link, PortNo in, PortNo out) {
  for (auto& flow : link.flows)
    if (flow.match.in_port == in) flow.actions = {Output{out}};
}

Tables segment_tables(const std::string& name, std::uint32_t number, SegmentKind kind,
                      const std::vector<PortNo>& ports) {
  const auto owner = cookie(name);
  const Masked segment{.value = number};
  Tables tables;
  Group group{.id = GroupId{number}, .outputs = ports};
  std::ranges::sort(group.outputs);
  tables.groups.push_back(group);
  for (const PortNo port : ports) {
    Flow flow{.table = port_table,
              .priority = port_priority,
              .cookie = owner,
              .match = {.in_port = port}};
    if (kind == SegmentKind::hub) {
      flow.actions = {ToGroup{group.id}};
    } else {
      flow.write_metadata = segment;
      flow.goto_table = learn_table;
    }
    tables.flows.push_back(flow);
  }
  if (kind == SegmentKind::hub) return tables;
  tables.flows.push_back({.table = learn_table,
                          .priority = 1,
                          .cookie = owner,
                          .match = {.metadata = segment},
                          .actions = {LearnSource{.table = learned_table,
                                                  .idle_timeout = idle_seconds,
                                                  .priority = 10,
                                                  .cookie = owner,
                                                  .limit = learned_limit},
                                      Resubmit{lookup_table}}});
  tables.flows.push_back({.table = lookup_table,
                          .priority = 10,
                          .cookie = owner,
                          .match = {.metadata = segment, .eth_dst = multicast_bit},
                          .actions = {ToGroup{group.id}}});
  tables.flows.push_back(
      {.table = output_table,
       .priority = 2,
       .cookie = owner,
       .match = {.metadata = segment, .reg0 = Masked{.value = 0, .mask = 0xffffffff}},
       .actions = {ToGroup{group.id}}});
  return tables;
}

Tables pipeline_tables() {
  const auto owner = cookie(pipeline_name);
  return {.flows = {
              {.table = learn_table,
               .priority = 2,
               .cookie = owner,
               .match = {.eth_src = multicast_bit},
               .actions = {Resubmit{lookup_table}}},
              {.table = lookup_table,
               .priority = 0,
               .cookie = owner,
               .actions = {Resubmit{learned_table}, Resubmit{output_table}}},
              {.table = output_table, .priority = 1, .cookie = owner, .actions = {OutputReg0{}}}}};
}

}  // namespace linkfab::fabric
