// Reads what people are shown of a lab (fabric/lab_view.hpp) out of a replica, whole or object by
// object. An internal of the view: others call view(), or keep a LiveView.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fabric/lab_view.hpp"
#include "fabric/underlay.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

class ViewReader {
 public:
  // A link or segment by its row.
  struct Joint {
    bool is_segment = false;
    ovsdb::Uuid row;
    auto operator<=>(const Joint&) const = default;
  };

  // Of the replica as it is now; it must outlive the reader.
  explicit ViewReader(const ovsdb::Replica& replica);
  ViewReader(const ViewReader&) = delete;  // its places point into it
  ViewReader& operator=(const ViewReader&) = delete;
  ~ViewReader() = default;

  [[nodiscard]] LabView lab();
  void read_fabric(LabView& lab) const;  // with its hosts
  [[nodiscard]] NodeView node(const ovsdb::Row& row) const;
  [[nodiscard]] LinkView joint(const Joint& which, const ovsdb::Row& row);

  // Are there other hosts than before that nothing is heard of, or are other ways between them
  // measured?
  [[nodiscard]] bool is_stale() const;
  [[nodiscard]] bool is_overlaid() const { return !scenarios_.empty(); }
  // Where the rows were used that have been read. nullptr: nowhere.
  [[nodiscard]] const ovsdb::Uuid* node_of(const ovsdb::Uuid& interface) const;
  [[nodiscard]] const Joint* joint_of(const ovsdb::Uuid& interface) const;
  [[nodiscard]] const Joint* impaired_by(const ovsdb::Uuid& impairment) const;

 private:
  struct Place {
    Endpoint endpoint;
    ovsdb::Uuid node;
    std::string host;
    const std::string* unheard = nullptr;  // why nobody hears of its host; nullptr: it is heard
  };
  struct Attached {
    std::string name;
    Joint joint;
  };
  [[nodiscard]] InterfaceView interface(const ovsdb::Uuid& uuid, const ovsdb::Row& row) const;
  LinkView link(const Joint& which, const ovsdb::Row& row);
  LinkView segment(const Joint& which, const ovsdb::Row& row);
  EndView end(const std::optional<ovsdb::Uuid>& interface, const std::optional<ovsdb::Uuid>& toward,
              const Joint& joint);
  void overlay(LinkView& link) const;
  [[nodiscard]] std::map<std::string, Ways> ways() const;
  // The hosts of nodes whose agents do not answer, and why (fabric/hosts.hpp).
  [[nodiscard]] std::map<std::string, std::string> unheard_hosts() const;

  const ovsdb::Replica& replica_;
  std::map<std::string, std::string> unheard_;
  std::map<std::string, Ways> ways_;          // to other hosts, by host
  std::map<ovsdb::Uuid, Place> places_;       // by Interface row
  std::map<ovsdb::Uuid, Attached> attached_;  // the same
  std::map<ovsdb::Uuid, Joint> impaired_;     // by Impairment row
  std::map<Endpoint, Impairment> rows_;       // of what goes toward it, where a scenario plays
  std::vector<ScenarioView> scenarios_;       // that lay something over links
};

}  // namespace linkfab::fabric
