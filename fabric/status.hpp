// The status columns: what is observed, written back to the Linkfab database, only where it differs
// from what was written last.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fabric/node_status.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

[[nodiscard]] ovsdb::Columns status_columns(const NodeStatus& status);

struct InterfaceStatus {
  enum class State { absent, down, up, error } state = State::absent;
  std::string device;
  std::uint32_t ofport = 0;  // 0: none
  std::string error;
  std::string warning;          // it works, but not as one would expect
  std::optional<bool> carrier;  // has the node its end up? For other hosts to follow
  bool operator==(const InterfaceStatus&) const = default;
};
[[nodiscard]] ovsdb::Columns status_columns(const InterfaceStatus& status);

// Of a link or a segment.
struct JointStatus {
  enum class State { up, cut, down, dangling, error } state = State::down;
  std::string error;
  bool operator==(const JointStatus&) const = default;
};
[[nodiscard]] ovsdb::Columns status_columns(const JointStatus& status);
[[nodiscard]] std::string format(JointStatus::State state);  // "up"

// Collects the changes of one step into one transaction.
class StatusWriter {
 public:
  StatusWriter() : transaction_(database) {}
  void set(const std::string& table, const ovsdb::Uuid& row, const ovsdb::Columns& columns);
  // A row that is gone.
  void drop(const ovsdb::Uuid& row) { written_.erase(row); }
  // What was written is not known any more: everything set from now on is written.
  void forget() { written_.clear(); }
  [[nodiscard]] bool pending() const { return !transaction_.empty(); }
  [[nodiscard]] ovsdb::Transaction take();

 private:
  // Digests, not values: of ten thousand rows only a few ever differ.
  struct Written {
    std::uint64_t column;
    std::uint64_t value;
  };
  std::map<ovsdb::Uuid, std::vector<Written>> written_;
  ovsdb::Transaction transaction_;
};

}  // namespace linkfab::fabric
