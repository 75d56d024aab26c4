#include "openflow/flow.hpp"

#include <algorithm>

namespace linkfab::openflow {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

void canonical(std::optional<Masked>& field, unsigned bits) {
  if (!field) return;
  const std::uint64_t width = all_ones >> (64 - bits);
  field->mask &= width;
  field->value &= field->mask;
  if (field->mask == 0) {
    field.reset();
  } else if (field->mask == width) {
    field->mask = all_ones;
  }
}

}  // namespace

Match canonical(Match match) {
  canonical(match.metadata, 64);
  canonical(match.eth_src, 48);
  canonical(match.eth_dst, 48);
  canonical(match.reg0, 32);
  return match;
}

Flow canonical(Flow flow) {
  flow.match = canonical(flow.match);
  if (flow.write_metadata) flow.write_metadata->value &= flow.write_metadata->mask;
  return flow;
}

Group canonical(Group group) {
  std::ranges::sort(group.outputs);
  return group;
}

std::tuple<TableId, std::uint16_t, Match> key(const Flow& flow) {
  return {flow.table, flow.priority, canonical(flow.match)};
}

}  // namespace linkfab::openflow
