#include <array>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "fabric/impairment_json.hpp"
#include "fabric/topology_reading.hpp"

namespace linkfab::fabric {
namespace {

void validate_at(const JsonItem& item, const Impairment& impairment) {
  if (const auto good = netem::validate(impairment); !good)
    item.report(linkfab::format(good.error()));
}

std::optional<Endpoint> read_end(Reading& reading, const JsonItem& item) {
  const auto text = item.text();
  if (!text) return std::nullopt;
  auto end = parse_endpoint(*text);
  if (!end) {
    item.report(fmt::format("'{}': {}", *text, end.error().cause));
    return std::nullopt;
  }
  if (const auto node = reading.topology.nodes.find(end->node);
      node != reading.topology.nodes.end())
    node->second.interfaces.try_emplace(end->interface);
  return *std::move(end);
}

class LinkReader {
 public:
  explicit LinkReader(Reading& reading) : reading_(reading) {}

  void read(const JsonItem& item) {
    if (item.is_list()) {
      read_ends(item);
    } else {
      read_object(item);
    }
    if (!link_) return;
    const auto name = name_.value_or(link_name(link_->a, link_->b));
    link_->up = up_;
    link_->subtract_underlay = subtract_underlay_;
    const auto before = reading_.report.found.size();
    if (item.is_object()) read_impairments(item);
    if (reading_.report.found.size() != before) reading_.broken.insert("link " + name);
    add(item, name);
  }

 private:
  void read_ends(const JsonItem& item) {
    if (!item.is_list())
      return item.report_type("a list of two ends such as [\"r1:eth0\", \"r2:eth0\"]");
    const auto ends = item.list();
    if (ends.size() != 2)
      return item.report(
          fmt::format("a link has two ends, not {}; what joins more is a segment", ends.size()));
    auto a = read_end(reading_, ends[0]);
    auto b = read_end(reading_, ends[1]);
    if (a && b) link_ = Link{*std::move(a), *std::move(b), {}, {}};
  }

  void read_object(const JsonItem& item) {
    if (!item.is_object())
      return item.report_type("a list of two ends, or an object with \"ends\"");
    const auto direction = [](const JsonItem& value) { value.fields({}, impairment_keys()); };
    const std::array<JsonItem::Field, 6> fields{{
        {"ends", [&](const JsonItem& value) { read_ends(value); }},
        {"name", [&](const JsonItem& value) { name_ = value.text(); }},
        {"up", [&](const JsonItem& value) { up_ = value.boolean().value_or(true); }},
        {"underlay", [&](const JsonItem& value) { read_underlay(value, subtract_underlay_); }},
        {"a_to_b", direction},
        {"b_to_a", direction},
    }};
    item.fields(fields, impairment_keys());
    if (!item.find("ends"))
      item.report("the link needs \"ends\", for example [\"r1:eth0\", \"r2:eth0\"]");
  }

  // What stands in the link itself is for both directions, and each direction's own comes on top.
  // End b is the subscriber of a preset.
  void read_impairments(const JsonItem& item) {
    using enum netem::PresetDirection;
    const auto before = reading_.report.found.size();
    read_impairment(item, link_->a_to_b, down);
    if (reading_.report.found.size() != before) return;  // each finding once
    read_impairment(item, link_->b_to_a, up);
    const auto a_to_b = item.find("a_to_b");
    const auto b_to_a = item.find("b_to_a");
    if (a_to_b) read_impairment(*a_to_b, link_->a_to_b, down);
    if (b_to_a) read_impairment(*b_to_a, link_->b_to_a, up);
    if (reading_.report.found.size() != before) return;
    validate_at(a_to_b ? *a_to_b : item, link_->a_to_b);
    if (link_->a_to_b != link_->b_to_a) validate_at(b_to_a ? *b_to_a : item, link_->b_to_a);
  }

  void add(const JsonItem& item, const std::string& name) {
    const auto [link, is_new] = reading_.topology.links.try_emplace(name, *std::move(link_));
    if (is_new) {
      reading_.places.emplace("link " + name, item);
    } else {
      item.report(
          fmt::format("a link named '{}' is at {} already; give one of them another \"name\"", name,
                      reading_.places.at("link " + name).path()));
    }
  }

  Reading& reading_;
  std::optional<Link> link_;
  std::optional<std::string> name_;
  bool up_ = true;
  bool subtract_underlay_ = false;
};

void read_member(Reading& reading, const JsonItem& item, Segment& segment) {
  std::optional<Endpoint> end;
  Impairment impairment;
  if (item.is_text()) {
    end = read_end(reading, item);
  } else if (item.is_object()) {
    const std::array<JsonItem::Field, 1> fields{
        {{"interface", [&](const JsonItem& value) { end = read_end(reading, value); }}}};
    item.fields(fields, impairment_keys());
    const auto before = reading.report.found.size();
    read_impairment(item, impairment, netem::PresetDirection::down);
    if (reading.report.found.size() == before) validate_at(item, impairment);
    if (!item.find("interface"))
      item.report("the member needs \"interface\", for example \"h1:eth0\"");
  } else {
    item.report_type("a text such as \"h1:eth0\", or an object with \"interface\"");
  }
  if (!end) return;
  const auto text = format(*end);
  if (!segment.members.emplace(*std::move(end), std::move(impairment)).second)
    item.report(fmt::format("{} is in the segment twice", text));
}

Segment read_segment(Reading& reading, const JsonItem& item) {
  constexpr std::array<std::string_view, 2> kinds{"hub", "switch"};  // of SegmentKind
  Segment segment;
  const std::array<JsonItem::Field, 3> fields{{
      {"kind",
       [&](const JsonItem& value) {
         if (const auto choice = value.choice(kinds))
           segment.kind = static_cast<SegmentKind>(*choice);
       }},
      {"interfaces",
       [&](const JsonItem& value) {
         for (const JsonItem& member : value.list()) read_member(reading, member, segment);
       }},
      {"up", [&](const JsonItem& value) { segment.up = value.boolean().value_or(true); }},
  }};
  item.fields(fields);
  return segment;
}

}  // namespace

void read_links(Reading& reading, const JsonItem& links) {
  for (const JsonItem& item : links.list()) LinkReader{reading}.read(item);
}

void read_segments(Reading& reading, const JsonItem& segments) {
  for (const auto& [name, item] : segments.members()) {
    reading.object("segment " + name, item,
                   [&] { reading.topology.segments.emplace(name, read_segment(reading, item)); });
  }
}

}  // namespace linkfab::fabric
