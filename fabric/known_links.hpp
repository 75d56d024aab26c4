// The links and segments of a running lab as resolve() (fabric/scenario_file.hpp) asks for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/link_term.hpp"
#include "fabric/scenario_file.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

// Outlived by the view and the replica.
class KnownLinks {
 public:
  KnownLinks(const LabView& lab, const ovsdb::Replica& replica) : lab_(lab), replica_(replica) {}

  // As a person may write it (fabric/link_term.hpp), with its errors. Valid as long as this is.
  [[nodiscard]] Result<const KnownLink*> find(const std::string& text);

 private:
  [[nodiscard]] Result<const KnownLink*> known(const LinkView& link);
  [[nodiscard]] std::vector<const LinkView*> joined(const LinkTerm& term);

  const LabView& lab_;
  const ovsdb::Replica& replica_;
  std::map<std::string, KnownLink> known_;
  std::multimap<std::string, const LinkView*> by_node_;  // made when it is needed
};

}  // namespace linkfab::fabric
