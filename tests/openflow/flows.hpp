// Flows and groups in few words.
#pragma once

#include <vector>

#include "openflow/flow.hpp"

namespace linkfab::openflow::test {

inline constexpr Cookie ours = 0xfab0000000000000;
inline constexpr Cookie ours_mask = 0xfff0000000000000;

// Half a link: what comes in at one port goes out at another.
inline Flow patch(std::uint32_t from, std::uint32_t to, Cookie cookie = ours) {
  return {.priority = 100,
          .cookie = cookie,
          .match = {.in_port = PortNo{from}},
          .actions = {Output{PortNo{to}}}};
}

inline Group repeat(std::uint32_t id, std::vector<PortNo> outputs) {
  return {.id = GroupId{id}, .outputs = std::move(outputs)};
}

}  // namespace linkfab::openflow::test
