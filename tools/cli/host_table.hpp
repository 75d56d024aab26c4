// The hosts that share a lab, as a table or JSON; also as a member of their database's cluster last
// knew them that has no majority.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <json/value.h>

#include "fabric/cluster.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::cli {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

struct HostTable {
  const ovsdb::Replica* replica = nullptr;  // the Host table, and name and host of Node
  // The replica is a copy that may be old.
  bool without_majority = false;
  // Of the member on this host, where it has one and that says; told without a majority only.
  std::optional<fabric::ClusterStatus> cluster;
  WallTime now;
};

// Tables with a last newline each. HEARD, when an agent last said that it is there, is told where
// one is silent, or all may be.
[[nodiscard]] std::string host_text(const HostTable& hosts, bool coloured);
// {"hosts": …, "majority": …, "as_of": …, "members": …}.
[[nodiscard]] Json::Value host_json(const HostTable& hosts);
// "this is what the member of this host last knew, as of 2026-11-29T12:20:22Z, 65s ago".
[[nodiscard]] std::string lone_notice(const HostTable& hosts);

// "now", "12s ago", "3min ago", "5h ago", "2d ago". The clocks of two hosts may differ: what is
// still to come is now.
[[nodiscard]] std::string ago_text(std::chrono::nanoseconds time);

}  // namespace linkfab::cli
