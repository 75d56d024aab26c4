#include "fabric/view_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "fabric/lookup.hpp"
#include "fabric/overlay.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {

using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Uuid;

namespace {

std::optional<std::int64_t> integer(const Row& row, const char* column) {
  const auto& datum = get(row, column);
  return datum.empty() ? std::nullopt : std::optional(datum.integer());
}

std::map<std::string, std::int64_t> integers(const Row& row, const char* column) {
  std::map<std::string, std::int64_t> numbers;
  for (const auto& [key, value] : get(row, column).as_map())
    if (const auto* name = std::get_if<std::string>(&key))
      numbers.emplace(*name, Datum(value).integer());
  return numbers;
}

std::string overlaid_text(const Impairment& row, const Settings& settings) {
  const auto both = overlaid(row, settings);
  return both ? netem::format(*both) : linkfab::format(both.error());
}

}  // namespace

ViewReader::ViewReader(const Replica& replica)
    : replica_(replica), unheard_(unheard_hosts()), ways_(ways()) {
  for (const auto& [uuid, row] : replica.rows("Node")) {
    const auto host = get(row, "host").string();
    for (const auto& interface : get(row, "interfaces").uuids())
      if (const auto* columns = replica.find("Interface", interface))
        places_[interface] = {{get(row, "name").string(), get(*columns, "name").string()},
                              uuid,
                              host,
                              lookup(unheard_, host)};
  }
  for (auto& scenario : view_scenarios(replica))
    if (overlays(scenario)) scenarios_.push_back(std::move(scenario));
}

std::map<std::string, std::string> ViewReader::unheard_hosts() const {
  const auto all = hosts(replica_);
  std::map<std::string, std::string> unheard;
  for (const auto& [uuid, row] : replica_.rows("Node")) {
    auto name = get(row, "host").string();
    if (name.empty() || unheard.contains(name)) continue;
    if (auto why = why_unheard(all, name); !why.empty())
      unheard.emplace(std::move(name), std::move(why));
  }
  return unheard;
}

std::map<std::string, Ways> ViewReader::ways() const {
  std::map<std::string, Ways> all;
  for (auto& [name, host] : hosts(replica_))
    if (!host.underlay.empty()) all.emplace(name, host.underlay);
  return all;
}

bool ViewReader::is_stale() const {
  return unheard_ != unheard_hosts() || ways_ != ways();
}

LabView ViewReader::lab() {
  LabView lab;
  read_fabric(lab);
  for (const auto& [uuid, row] : replica_.rows("Link"))
    lab.links.push_back(joint({false, uuid}, row));
  for (const auto& [uuid, row] : replica_.rows("Segment"))
    lab.links.push_back(joint({true, uuid}, row));
  for (const auto& [uuid, row] : replica_.rows("Node")) lab.nodes.push_back(node(row));
  if (is_overlaid())
    for (auto& link : lab.links) overlay(link);
  std::ranges::sort(lab.links, {}, &LinkView::name);
  std::ranges::sort(lab.nodes, {}, &NodeView::name);
  return lab;
}

LinkView ViewReader::joint(const Joint& which, const Row& row) {
  auto view = which.is_segment ? segment(which, row) : link(which, row);
  mark_unheard(view);
  return view;
}

const Uuid* ViewReader::node_of(const Uuid& interface) const {
  const auto place = places_.find(interface);
  return place == places_.end() ? nullptr : &place->second.node;
}

const ViewReader::Joint* ViewReader::joint_of(const Uuid& interface) const {
  const auto attached = attached_.find(interface);
  return attached == attached_.end() ? nullptr : &attached->second.joint;
}

const ViewReader::Joint* ViewReader::impaired_by(const Uuid& impairment) const {
  const auto joint = impaired_.find(impairment);
  return joint == impaired_.end() ? nullptr : &joint->second;
}

void ViewReader::read_fabric(LabView& lab) const {
  for (const auto& [uuid, row] : replica_.rows("Fabric")) {
    lab.name = get(row, "name").string();
    lab.options = get(row, "options").string_map();
    lab.next_cfg = get(row, "next_cfg").integer();
    lab.next_stats = get(row, "next_stats").integer();
  }
  lab.hosts.clear();
  lab.errors.clear();
  const auto all = hosts(replica_);
  lab.cur_cfg = least(all, &Host::cur_cfg);
  lab.cur_stats = least(all, &Host::cur_stats);
  for (const auto& [name, host] : all) {
    for (const auto& error : host.errors)
      lab.errors.push_back(all.size() == 1 ? error : fmt::format("host {}: {}", name, error));
    if (host.silent) lab.errors.push_back(fmt::format("host {}: nothing is heard of it", name));
    lab.hosts.push_back(host);
  }
  for (const auto& [name, why] : unheard_) {
    const auto host = all.find(name);
    if (host == all.end() || !host->second.silent)
      lab.errors.push_back(fmt::format("host {}: it has nodes and no agent", name));
  }
}

NodeView ViewReader::node(const Row& row) const {
  NodeView node{
      .name = get(row, "name").string(),
      .kind = get(row, "kind").string(),
      .host = get(row, "host").string(),
      .place = get(row, "place").string_map(),
      .image = get(row, "image").string(),
      .wanted = get(row, "wanted").string(),
      .state = get(row, "state").string(),
      .pid = integer(row, "pid"),
      .container = get(row, "container").string(),
      .progress = get(row, "progress").string(),
      .error = get(row, "error").string(),
      .restart_due = get(row, "restart_done").integer() < get(row, "restart_request").integer(),
      .interfaces = {}};
  for (const auto& uuid : get(row, "interfaces").uuids())
    if (const auto* columns = replica_.find("Interface", uuid))
      node.interfaces.push_back(interface(uuid, *columns));
  std::ranges::sort(node.interfaces, {}, &InterfaceView::name);
  if (const auto* why = lookup(unheard_, node.host)) {
    node.state = "unknown";
    node.error = *why;
  }
  return node;
}

InterfaceView ViewReader::interface(const Uuid& uuid, const Row& row) const {
  const auto attached = attached_.find(uuid);
  return {.name = get(row, "name").string(),
          .wanted = decode_interface(row).value_or(Interface{}),
          .attached = attached == attached_.end() ? "" : attached->second.name,
          .device = get(row, "device").string(),
          .ofport = integer(row, "ofport"),
          .state = get(row, "state").string(),
          .error = get(row, "error").string(),
          .warning = get(row, "warning").string(),
          .statistics = integers(row, "statistics")};
}

EndView ViewReader::end(const std::optional<Uuid>& interface, const std::optional<Uuid>& toward,
                        const Joint& joint) {
  EndView end;
  end.impairment = toward;
  Result<Impairment> impairment;
  if (toward) impaired_[*toward] = joint;
  if (toward)
    if (const auto* row = replica_.find("Impairment", *toward)) {
      impairment = decode_impairment(*row);
      end.toward = impairment ? netem::format(*impairment) : linkfab::format(impairment.error());
    }
  const auto place = interface ? places_.find(*interface) : places_.end();
  if (place == places_.end()) return end;
  if (impairment && !scenarios_.empty()) rows_.emplace(place->second.endpoint, *impairment);
  const Row& row = *replica_.find("Interface", *interface);
  end.endpoint = place->second.endpoint;
  end.statistics = integers(row, "statistics");
  if (place->second.unheard != nullptr) {
    end.unheard = *place->second.unheard;
    return end;
  }
  end.state = get(row, "state").string();
  end.error = get(row, "error").string();
  end.warning = get(row, "warning").string();
  return end;
}

LinkView ViewReader::link(const Joint& which, const Row& row) {
  LinkView link{.name = get(row, "name").string(),
                .kind = "link",
                .wanted = get(row, "wanted").string(),
                .state = get(row, "state").string(),
                .error = get(row, "error").string(),
                .ends = {}};
  link.ends.push_back(end(get(row, "a").uuid(), get(row, "b_to_a").uuid(), which));
  link.ends.push_back(end(get(row, "b").uuid(), get(row, "a_to_b").uuid(), which));
  link.subtract_underlay = subtracts_underlay(row);
  std::vector<std::string> hosts;
  for (const char* column : {"a", "b"}) {
    const auto interface = get(row, column).uuid();
    if (interface) attached_[*interface] = {link.name, which};
    const auto* place = interface ? lookup(places_, *interface) : nullptr;
    hosts.push_back(place == nullptr ? std::string() : place->host);
  }
  for (const std::size_t end : {0UZ, 1UZ})
    if (const auto* ways = lookup(ways_, hosts[end]))
      link.ends[end].underlay = copy_of(*ways, hosts[1 - end]);
  return link;
}

LinkView ViewReader::segment(const Joint& which, const Row& row) {
  LinkView segment{.name = get(row, "name").string(),
                   .kind = get(row, "kind").string(),
                   .wanted = get(row, "wanted").string(),
                   .state = get(row, "state").string(),
                   .error = get(row, "error").string(),
                   .ends = {}};
  const auto& impairments = get(row, "impairments").as_map();
  for (const auto& interface : get(row, "interfaces").uuids()) {
    const auto toward = impairments.find(interface);
    segment.ends.push_back(
        end(interface, toward == impairments.end() ? std::nullopt : Datum(toward->second).uuid(),
            which));
    attached_[interface] = {segment.name, which};
  }
  std::ranges::sort(segment.ends, {}, &EndView::endpoint);
  return segment;
}

// As the agent last told what they say now.
void ViewReader::overlay(LinkView& link) const {
  mark_scenarios(link, scenarios_);
  for (auto& end : link.ends) {
    if (end.scenario.empty()) continue;
    const auto target = target_name(link.name, format(*end.endpoint));
    Settings settings;
    for (const auto& scenario : scenarios_)
      if (const auto now = scenario.status.now.find(target); now != scenario.status.now.end())
        std::ranges::copy(parse_settings_text(now->second), std::back_inserter(settings));
    const auto row = rows_.find(*end.endpoint);
    if (!settings.empty())
      end.toward = overlaid_text(row == rows_.end() ? Impairment{} : row->second, settings);
  }
}

}  // namespace linkfab::fabric
