// What one ubridge process has on the fabric of this host, as rows of the Linkfab database: a node
// for itself, with an interface for each NIO that is joined, a node for each container that has an
// adapter, and a link for each bridge.
//
// The rows name the process as their owner and go when it ends, however it ends
// (fabric/owners.hpp). Each call is one conversation with the database, and returns when the agent
// has dealt with it: what was asked for is in force, or there is an error and nothing of it is
// left. The caller waits meanwhile; it takes some milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "fabric/gateway.hpp"
#include "fabric/topology.hpp"
#include "netem/impairment.hpp"
#include "ovsdb/transaction.hpp"
#include "ovsdb/uuid.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::tools {

// An interface in the network namespace of a process, or of the container that this process is of:
// then it comes back when the container is restarted.
struct Adapter {
  int pid = 0;
  std::string name;                // "eth0"
  std::optional<std::string> mac;  // nullopt: the fabric's choice
};

// An adapter that is there.
struct Plug {
  ovsdb::Uuid interface;
  ovsdb::Uuid node;
  fabric::Endpoint endpoint;
  std::string device;  // the fabric's end, in the agent's network namespace
};

using JointEnd = std::variant<Plug, fabric::Gateway>;

// Frames of a NIO, as the Interface row of its end counts them.
struct FrameCounts {
  std::uint64_t packets_in = 0;  // from outside to the fabric
  std::uint64_t bytes_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
};

// Two ends that are linked.
struct Joint {
  std::string name;  // of the link
  ovsdb::Uuid link;
  std::array<ovsdb::Uuid, 2> interfaces;
  std::array<bool, 2> gateways{};  // those made for this link alone
};

enum class AgentUse { none, running, start };

class FabricRows {
 public:
  explicit FabricRows(AgentUse use);

  // Is there an agent, or can one be started? Starting is tried once. Errc::unreachable: there is
  // none, which is nothing to complain about.
  [[nodiscard]] Result<void> ready();

  Result<Plug> plug(const Adapter& adapter);
  Result<void> unplug(const Plug& plug);

  Result<Joint> join(const std::array<JointEnd, 2>& ends, const netem::Impairment& impairment);
  Result<void> shape(const Joint& joint, const netem::Impairment& impairment);  // both directions
  Result<void> separate(const Joint& joint);
  Result<std::array<FrameCounts, 2>> count(const Joint& joint);

  // All rows of this process.
  Result<void> clear();

 private:
  struct Change;
  struct Watched;  // what to wait for after a change

  // `written` is filled once the rows are in the database, in force or not. An agent that was
  // about to leave, because the last rows had gone, is waited for and started anew.
  Result<void> commit(Change change, ovsdb::Reply* written = nullptr);
  Result<void> try_commit(Change change, ovsdb::Reply* written);
  Result<Plug> plug(const Adapter& adapter, const std::string& node,
                    const std::optional<std::string>& container);

  AgentUse use_;
  cli::Invocation invocation_;
  std::string owner_;
  bool start_failed_ = false;
  bool started_ = false;  // by us: it is to leave when nothing is left
  bool has_rows_ = false;
  std::optional<ovsdb::Uuid> self_;  // the node of this process, once there is one
  std::string self_name_;
  struct Place {  // a node with adapters
    ovsdb::Uuid node;
    std::string name;
    int adapters = 0;
  };
  std::map<int, Place> places_;  // by the pid that was given
};

}  // namespace linkfab::tools
