#include "tools/cli/capture_ways.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "fabric/lookup.hpp"
#include "fabric/ports.hpp"
#include "tools/cli/find.hpp"

namespace linkfab::cli {
namespace {

using fabric::Endpoint;

constexpr std::uint32_t usual_mtu = 1500;
constexpr std::uint32_t two_tags = 8;  // VLAN tags are not counted in an MTU

class WayFinder {
 public:
  WayFinder(const fabric::LabView& lab, const CaptureChoice& choice) : choice_(choice) {
    for (const auto& node : lab.nodes) {
      hosts_[node.name] = node.host;
      for (const auto& interface : node.interfaces)
        interfaces_[{node.name, interface.name}] = &interface;
    }
  }

  Result<void> add(const fabric::LinkView& link) {
    const bool segment = link.kind != "link";
    const auto object = (segment ? "segment " : "link ") + link.name;
    const auto from = chosen(link, object, "from", choice_.from);
    if (!from) return std::unexpected(from.error());
    const auto to = chosen(link, object, "to", choice_.to);
    if (!to) return std::unexpected(to.error());
    for (std::size_t i = 0; i < link.ends.size(); ++i) {
      if (!link.ends[i].endpoint) continue;
      // Frames from this end, as it sent them, and what is left of them at the other one.
      const std::optional<std::size_t> other = segment ? std::nullopt : std::optional(1 - i);
      if (choice_.before && may(*from, i) && (segment ? !*to : may(*to, *other)))
        add_way(link, object, i, other, false);
      if (choice_.after && may(*to, i) && (segment ? !*from : may(*from, *other)))
        add_way(link, object, i, other, true);
    }
    return {};
  }
  [[nodiscard]] std::vector<CaptureWay> take() && { return std::move(ways_); }

 private:
  using Chosen = std::optional<std::size_t>;

  static bool may(const Chosen& chosen, std::size_t end) { return !chosen || *chosen == end; }

  static Result<Chosen> chosen(const fabric::LinkView& link, const std::string& object,
                               const std::string& option, const std::string& text) {
    if (text.empty()) return Chosen{};
    std::vector<std::optional<Endpoint>> ends;
    for (const auto& end : link.ends) ends.push_back(end.endpoint);
    const auto found = find_end(object, ends, option, text);
    if (!found) return std::unexpected(found.error());
    return Chosen(*found);
  }

  // At the fabric's device of end `at`; `other` is the link's other end, none of a segment.
  void add_way(const fabric::LinkView& link, const std::string& object, std::size_t at,
               Chosen other, bool after) {
    const auto& end = link.ends[at];
    const auto here = end.name();
    const auto there = other ? link.ends[*other].name() : link.name;
    const auto& toward = after || !other ? end.toward : link.ends[*other].toward;
    CaptureWay way{.link = link.name,
                   .name = after ? fmt::format("{}->{} after", there, here)
                                 : fmt::format("{}->{} before", here, there),
                   .node = end.endpoint->node,
                   .host = fabric::copy_of(hosts_, end.endpoint->node).value_or(""),
                   .outgoing = after,
                   .what = object};
    way.impairment = link.wanted == "cut" ? "cut" : toward.empty() ? "none" : toward;
    // What a segment's member gets was sent by any other: no longer than it takes itself.
    const auto& sender = after && other ? link.ends[*other] : end;
    way.largest = fabric::frame_size(mtu(*(sender.endpoint ? sender : end).endpoint)) + two_tags;
    if (const auto* interface = find(*end.endpoint)) way.device = interface->device;
    ways_.push_back(std::move(way));
  }

  [[nodiscard]] const fabric::InterfaceView* find(const Endpoint& end) const {
    const auto found = interfaces_.find(end);
    return found == interfaces_.end() ? nullptr : found->second;
  }
  [[nodiscard]] std::uint32_t mtu(const Endpoint& end) const {
    const auto* interface = find(end);
    return interface == nullptr ? usual_mtu : interface->wanted.mtu.value_or(usual_mtu);
  }

  const CaptureChoice& choice_;
  std::map<Endpoint, const fabric::InterfaceView*> interfaces_;
  std::map<std::string, std::string> hosts_;  // of nodes
  std::vector<CaptureWay> ways_;
};

}  // namespace

Result<std::vector<CaptureWay>> capture_ways(const fabric::LabView& lab,
                                             const std::vector<std::string>& links,
                                             const CaptureChoice& choice) {
  WayFinder finder(lab, choice);
  for (const auto& name : links) {
    const auto link = std::ranges::find(lab.links, name, &fabric::LinkView::name);
    if (link == lab.links.end()) continue;
    if (auto added = finder.add(*link); !added) return std::unexpected(added.error());
  }
  return std::move(finder).take();
}

}  // namespace linkfab::cli
