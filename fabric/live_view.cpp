#include "fabric/live_view.hpp"

#include <algorithm>
#include <initializer_list>

namespace linkfab::fabric {

using ovsdb::get;

namespace {

bool is_new_or_gone(const ovsdb::Change& change) {
  return change.before.empty() || change.after.empty();
}

bool differs(const ovsdb::Change& change, std::initializer_list<const char*> columns) {
  return std::ranges::any_of(columns, [&](const char* column) {
    return get(change.before, column) != get(change.after, column);
  });
}

// Does it change which objects there are, what they are called, or how they are joined?
bool is_structural(const ovsdb::Change& change) {
  if (change.table == "Node")
    return is_new_or_gone(change) || differs(change, {"name", "host", "interfaces"});
  if (change.table == "Interface") return is_new_or_gone(change) || differs(change, {"name"});
  if (change.table == "Link") return is_new_or_gone(change) || differs(change, {"name", "a", "b"});
  if (change.table == "Segment")
    return is_new_or_gone(change) || differs(change, {"name", "interfaces"});
  return change.table == "Scenario" || (change.table == "Fabric" && is_new_or_gone(change));
}

// A link and a segment may have the same name.
LinkView& find(std::vector<LinkView>& links, const LinkView& like) {
  auto found = std::ranges::lower_bound(links, like.name, {}, &LinkView::name);
  while ((found->kind == "link") != (like.kind == "link")) ++found;
  return *found;
}

}  // namespace

void LiveView::note(const ovsdb::Changes& changes) {
  for (const auto& change : changes) note(change);
}

void LiveView::note(const ovsdb::Change& change) {
  if (!reader_) return;
  if (is_structural(change)) {
    reader_.reset();
  } else if (change.table == "Node") {
    nodes_.insert(change.uuid);
  } else if (change.table == "Interface") {
    if (const auto* node = reader_->node_of(change.uuid)) nodes_.insert(*node);
    if (const auto* joint = reader_->joint_of(change.uuid)) joints_.insert(*joint);
  } else if (change.table == "Link" || change.table == "Segment") {
    joints_.insert({change.table == "Segment", change.uuid});
  } else if (change.table == "Impairment") {
    // A new one comes with a change of the row that names it.
    if (const auto* joint = reader_->impaired_by(change.uuid)) joints_.insert(*joint);
  } else if (change.table == "Fabric" || change.table == "Host") {
    fabric_ = true;
  } else {
    return;  // history and snapshots are not shown
  }
  if (reader_ && reader_->is_overlaid()) reader_.reset();
}

const LabView& LiveView::view() {
  if (reader_ && fabric_ && reader_->is_stale()) reader_.reset();
  if (reader_) {
    refresh();
  } else {
    reader_.emplace(replica_);
    view_ = reader_->lab();
  }
  nodes_.clear();
  joints_.clear();
  fabric_ = false;
  return view_;
}

void LiveView::refresh() {
  for (const auto& uuid : nodes_) {
    auto node = reader_->node(*replica_.find("Node", uuid));
    *std::ranges::lower_bound(view_.nodes, node.name, {}, &NodeView::name) = std::move(node);
  }
  for (const auto& joint : joints_) {
    auto link =
        reader_->joint(joint, *replica_.find(joint.is_segment ? "Segment" : "Link", joint.row));
    find(view_.links, link) = std::move(link);
  }
  if (fabric_) reader_->read_fabric(view_);
}

}  // namespace linkfab::fabric
