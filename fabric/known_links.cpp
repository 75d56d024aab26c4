#include "fabric/known_links.hpp"

#include <algorithm>
#include <utility>

#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

const LinkView* named(const LabView& lab, const std::string& name) {
  const auto found = std::ranges::lower_bound(lab.links, name, {}, &LinkView::name);
  return found == lab.links.end() || found->name != name ? nullptr : &*found;
}

bool has_end(const LinkView& link, const LinkTerm::End& wanted) {
  return std::ranges::any_of(link.ends, [&](const EndView& end) {
    return end.endpoint && end.endpoint->node == wanted.node &&
           (!wanted.interface || end.endpoint->interface == *wanted.interface);
  });
}

}  // namespace

Result<const KnownLink*> KnownLinks::known(const LinkView& link) {
  const auto [place, fresh] = known_.try_emplace(link.name);
  if (!fresh) return &place->second;
  KnownLink known{.name = link.name, .segment = link.kind != "link", .ends = {}};
  for (const auto& end : link.ends) {
    KnownLink::End its{.name = end.name(), .toward = {}};
    const auto* row = end.impairment ? replica_.find("Impairment", *end.impairment) : nullptr;
    if (row != nullptr) {
      auto toward = decode_impairment(*row);
      if (!toward) return std::unexpected(toward.error());
      its.toward = *std::move(toward);
    }
    known.ends.push_back(std::move(its));
  }
  place->second = std::move(known);
  return &place->second;
}

// What is between two ends is no segment.
std::vector<const LinkView*> KnownLinks::joined(const LinkTerm& term) {
  if (by_node_.empty())
    for (const auto& link : lab_.links)
      for (const auto& end : link.ends)
        if (end.endpoint) by_node_.emplace(end.endpoint->node, &link);
  std::vector<const LinkView*> found;
  const auto [first, last] = by_node_.equal_range(term.ends.front().node);
  for (auto each = first; each != last; ++each) {
    const auto* link = each->second;
    if (!std::ranges::all_of(term.ends, [&](const auto& end) { return has_end(*link, end); }))
      continue;
    if (term.ends.size() == 2 && link->kind != "link") continue;
    if (std::ranges::find(found, link) == found.end()) found.push_back(link);
  }
  return found;
}

Result<const KnownLink*> KnownLinks::find(const std::string& text) {
  const auto term = parse_link_term(text);
  for (const auto& name : term.names)
    if (const auto* link = named(lab_, name); link != nullptr) return known(*link);
  if (!term.ends.empty()) {
    const auto found = joined(term);
    if (found.size() == 1) return known(*found.front());
    std::vector<std::string> names;
    for (const auto* link : found) names.push_back(link->name);
    if (!names.empty()) return std::unexpected(ambiguous_link(term, names));
  }
  std::vector<std::string> names;
  for (const auto& link : lab_.links) names.push_back(link.name);
  return std::unexpected(no_such_link(term, std::move(names)));
}

}  // namespace linkfab::fabric
