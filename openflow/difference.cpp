#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "openflow/flow.hpp"

namespace linkfab::openflow {
namespace {

using Key = decltype(key(Flow{}));

// The flows of a switch, sorted into what may be touched and how.
class Present {
 public:
  Present(const std::vector<Flow>& flows, Cookie owner, Cookie mask,
          const std::vector<TableId>& learned)
      : flows_(flows), owner_(owner & mask), mask_(mask), learned_(learned) {
    for (const Flow& flow : flows)
      if (flow.opaque && ours(flow)) unreadable_.emplace(flow.table, flow.cookie);
    for (const Flow& flow : flows)
      if (!flow.opaque && !goes_by_cookie(flow)) by_key_.emplace(key(flow), &flow);
  }

  [[nodiscard]] bool ours(const Flow& flow) const {
    return (flow.cookie & mask_) == owner_ &&
           std::ranges::find(learned_, flow.table) == learned_.end();
  }
  [[nodiscard]] bool has(const Key& place, const Flow& flow) const {
    const auto found = by_key_.find(place);
    return found != by_key_.end() && *found->second == flow;
  }

  // A flow that cannot be said cannot be named by its match either, only by its cookie: it goes
  // with all that share it in that table, and what is wanted of those is added again.
  void delete_unreadable(std::vector<Modification>& changes) const {
    for (const auto& [table, cookie] : unreadable_)
      changes.emplace_back(
          DeleteFlowsByCookie{.cookie = cookie, .mask = ~Cookie{0}, .table = table});
  }
  void delete_unwanted(const std::map<Key, const Flow*>& wanted,
                       std::vector<Modification>& changes) const {
    for (const Flow& flow : flows_) {
      if (flow.opaque || !ours(flow) || goes_by_cookie(flow)) continue;
      if (!wanted.contains(key(flow))) changes.emplace_back(DeleteFlow{flow});
    }
  }

 private:
  [[nodiscard]] bool goes_by_cookie(const Flow& flow) const {
    return unreadable_.contains({flow.table, flow.cookie});
  }

  const std::vector<Flow>& flows_;
  Cookie owner_;
  Cookie mask_;
  const std::vector<TableId>& learned_;
  std::set<std::pair<TableId, Cookie>> unreadable_;
  std::map<Key, const Flow*> by_key_;
};

std::map<GroupId, const Group*> by_id(const std::vector<Group>& groups) {
  std::map<GroupId, const Group*> index;
  for (const Group& group : groups) index.insert_or_assign(group.id, &group);
  return index;
}

void add_groups(const std::vector<Group>& want, const std::vector<Group>& have,
                std::vector<Modification>& changes) {
  const auto present = by_id(have);
  for (const auto& [id, group] : by_id(want)) {
    const auto found = present.find(id);
    Group wanted = canonical(*group);
    if (found == present.end()) {
      changes.emplace_back(AddGroup{std::move(wanted)});
    } else if (*found->second != wanted) {
      changes.emplace_back(ModifyGroup{std::move(wanted)});
    }
  }
}

void delete_groups(const std::vector<Group>& want, const std::vector<Group>& have,
                   std::vector<Modification>& changes) {
  const auto wanted = by_id(want);
  for (const Group& group : have)
    if (!wanted.contains(group.id)) changes.emplace_back(DeleteGroup{group.id});
}

}  // namespace

std::vector<Modification> difference(const std::vector<Flow>& want_flows,
                                     const std::vector<Group>& want_groups,
                                     const std::vector<Flow>& have_flows,
                                     const std::vector<Group>& have_groups, Cookie owner,
                                     Cookie owner_mask, const std::vector<TableId>& learned) {
  const Present present(have_flows, owner, owner_mask, learned);
  std::map<Key, const Flow*> wanted;  // of two with one key the later holds, as in a switch
  for (const Flow& flow : want_flows) wanted.insert_or_assign(key(flow), &flow);

  std::vector<Modification> changes;
  present.delete_unreadable(changes);
  add_groups(want_groups, have_groups, changes);
  present.delete_unwanted(wanted, changes);
  for (const auto& [place, flow] : wanted) {
    Flow exact = canonical(*flow);
    if (!present.has(place, exact)) changes.emplace_back(AddFlow{std::move(exact)});
  }
  delete_groups(want_groups, have_groups, changes);
  return changes;
}

}  // namespace linkfab::openflow
