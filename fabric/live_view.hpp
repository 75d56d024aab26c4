// The view of a lab that is kept up to date change by change: that of one link costs what one link
// costs, however many there are. What adds, takes away, renames or joins, and everything while a
// scenario plays, makes it anew.
#pragma once

#include <optional>
#include <set>

#include "fabric/lab_view.hpp"
#include "fabric/view_reader.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

class LiveView {
 public:
  // The replica, of all_columns() or state_columns(), must outlive it.
  explicit LiveView(const ovsdb::Replica& replica) : replica_(replica) {}

  // What has changed in the replica, in order and without a gap.
  void note(const ovsdb::Changes& changes);
  // Equal to view() of the replica. Valid until the next note().
  [[nodiscard]] const LabView& view();

 private:
  void note(const ovsdb::Change& change);
  void note_joint_of(const ovsdb::Uuid& interface);
  void refresh();

  const ovsdb::Replica& replica_;
  std::optional<ViewReader> reader_;  // nullopt: all is to be read
  LabView view_;
  std::set<ovsdb::Uuid> nodes_;         // to be read again
  std::set<ViewReader::Joint> joints_;  // the same
  bool fabric_ = false;                 // the same
};

}  // namespace linkfab::fabric
