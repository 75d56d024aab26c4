// The cluster that a database server of ours is a member of, seen and changed through that server's
// control socket (ovsdb-server(1), "Clustered databases").
//
// ovsdb-server does all the work: it elects, copies, and counts. Changing who is a member takes a
// majority of those who are.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/paths.hpp"

namespace linkfab::fabric {

struct ClusterMember {
  std::string id;       // "06f2", the beginning of its server's UUID
  std::string address;  // "ssl:10.0.0.1:6644"
  bool self = false;
  std::optional<std::chrono::milliseconds> heard;  // ago; nullopt: never, or not told

  bool operator==(const ClusterMember&) const = default;
};

struct ClusterStatus {
  std::string status;  // "cluster member", "joining cluster", "leaving cluster"
  std::string role;    // "leader", "follower", "candidate"
  std::string leader;  // the id of the member that is; empty: unknown
  std::string cluster_id;
  std::string server_id;
  std::string address;
  std::int64_t term = 0;
  std::vector<ClusterMember> members;

  [[nodiscard]] bool member() const { return status == "cluster member"; }
  bool operator==(const ClusterStatus&) const = default;
};

// What cluster/status prints. Errc::invalid where it is something else.
[[nodiscard]] Result<ClusterStatus> parse_cluster_status(std::string_view text);

// Errc::not_found where the server runs but has no member, as of a database of one host or after
// leaving.
[[nodiscard]] boost::asio::awaitable<Result<ClusterStatus>> cluster_status(
    boost::asio::any_io_executor executor, Paths paths);

// This host's member goes in peace: done when the others have agreed, and then the server serves
// the database no more. Its file is put aside, as linkfab.db.left, so that the next start makes a
// new one. Errc::invalid for the only member: who would have the database? Errc::timeout: it goes
// on trying, as without a majority.
[[nodiscard]] boost::asio::awaitable<Result<void>> leave_cluster(
    boost::asio::any_io_executor executor, Paths paths,
    std::chrono::milliseconds limit = std::chrono::seconds{20});

// Takes another member out that is gone for good, by its id or its address. One that comes back
// after all finds no majority: to join again it needs a new file.
[[nodiscard]] boost::asio::awaitable<Result<void>> kick_member(
    boost::asio::any_io_executor executor, Paths paths, std::string member,
    std::chrono::milliseconds limit = std::chrono::seconds{20});

}  // namespace linkfab::fabric
