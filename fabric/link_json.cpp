#include "fabric/link_json.hpp"

#include <array>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "fabric/impairment_json.hpp"
#include "fabric/json_item.hpp"
#include "fabric/json_text.hpp"

namespace linkfab::fabric {
namespace {

using enum netem::PresetDirection;

constexpr const char* document = "the request's body";

// Reads an object; what was reported is what comes back.
Findings read_object(std::string_view text,
                     const std::function<void(const JsonItem&, const JsonReport&)>& read) {
  JsonReport report{.text = text, .found = {}};
  const auto parsed = parse_json(text);
  if (!parsed) {
    report.found.push_back({parsed.error().offset, "", parsed.error().cause});
    return locate(std::move(report), document);
  }
  const JsonItem root(*parsed, report);
  if (root.is_object())
    read(root, report);
  else
    root.report_type("an object");
  return locate(std::move(report), document);
}

// What was reported already may be why the whole makes no sense.
void check_at(const JsonItem& item, const Impairment& impairment, const JsonReport& report) {
  if (!report.found.empty()) return;
  if (const auto good = netem::validate(impairment); !good)
    item.report(linkfab::format(good.error()));
}

std::optional<Endpoint> end_at(const JsonItem& item) {
  const auto text = item.text();
  if (!text) return std::nullopt;
  auto end = parse_endpoint(*text);
  if (end) return *std::move(end);
  item.report(fmt::format("'{}': {}", text->substr(0, 80), end.error().cause));
  return std::nullopt;
}

void read_ends(const JsonItem& item, Link& link) {
  if (!item.is_list())
    return item.report_type("a list of two ends such as [\"r1:eth0\", \"r2:eth0\"]");
  const auto ends = item.list();
  if (ends.size() != 2) return item.report(fmt::format("a link has two ends, not {}", ends.size()));
  const auto a = end_at(ends[0]);
  const auto b = end_at(ends[1]);
  if (!a || !b) return;
  if (*a == *b) return item.report("both ends are the same interface");
  link.a = *a;
  link.b = *b;
}

void read_state(const JsonItem& item, bool& up) {
  constexpr std::array<std::string_view, 2> states{"down", "up"};
  if (const auto choice = item.choice(states)) up = *choice == 1;
}

// An object of impairments, or null where that may be.
void check_keys(const JsonItem& item, Nulls nulls) {
  if (nulls == Nulls::clear && item.is_null()) return;
  item.fields({}, impairment_keys());
}

void read_direction(const JsonItem& item, Impairment& impairment, netem::PresetDirection direction,
                    Nulls nulls) {
  if (item.is_null()) {
    if (nulls == Nulls::clear) impairment = {};
    return;
  }
  if (!item.is_object()) return;  // reported
  read_impairment(item, impairment, direction, nulls);
}

// As in a topology file: those of the link, then those of each direction.
void read_impairments(const JsonItem& item, Link& link, Nulls nulls, const JsonReport& report) {
  auto unreported = link.b_to_a;
  read_impairment(item, link.a_to_b, down, nulls);
  const auto a_to_b = item.find("a_to_b");
  const auto b_to_a = item.find("b_to_a");
  if (a_to_b) read_direction(*a_to_b, link.a_to_b, down, nulls);
  check_at(a_to_b ? *a_to_b : item, link.a_to_b, report);
  link.b_to_a = std::move(unreported);
  read_impairment(item, link.b_to_a, up, nulls);
  if (b_to_a) read_direction(*b_to_a, link.b_to_a, up, nulls);
  if (link.b_to_a != link.a_to_b) check_at(b_to_a ? *b_to_a : item, link.b_to_a, report);
}

// The same finding of both directions is one.
Findings unique(Findings findings) {
  Findings once;
  for (auto& finding : findings)
    if (once.empty() || finding != once.back()) once.push_back(std::move(finding));
  return once;
}

}  // namespace

std::expected<NamedLink, Findings> new_link(std::string_view text) {
  NamedLink made;
  std::optional<std::string> name;
  auto findings = unique(read_object(text, [&](const JsonItem& item, const JsonReport& report) {
    const auto direction = [](const JsonItem& value) { check_keys(value, Nulls::refused); };
    const std::array<JsonItem::Field, 6> fields{{
        {"ends", [&](const JsonItem& value) { read_ends(value, made.link); }},
        {"name",
         [&](const JsonItem& value) {
           name = value.text();
           if (!name) return;
           if (const auto good = check_link_name(*name); !good)
             value.report(linkfab::format(good.error()));
         }},
        {"up", [&](const JsonItem& value) { made.link.up = value.boolean().value_or(true); }},
        {"underlay",
         [&](const JsonItem& value) { read_underlay(value, made.link.subtract_underlay); }},
        {"a_to_b", direction},
        {"b_to_a", direction},
    }};
    item.fields(fields, impairment_keys());
    if (!item.find("ends"))
      item.report("the link needs \"ends\", for example [\"r1:eth0\", \"r2:eth0\"]");
    read_impairments(item, made.link, Nulls::refused, report);
  }));
  if (!findings.empty()) return std::unexpected(std::move(findings));
  made.name = name.value_or(link_name(made.link.a, made.link.b));
  return made;
}

std::expected<Link, Findings> changed_link(std::string_view text, Link link) {
  auto findings = unique(read_object(text, [&](const JsonItem& item, const JsonReport& report) {
    const auto direction = [](const JsonItem& value) { check_keys(value, Nulls::clear); };
    const std::array<JsonItem::Field, 5> fields{{
        {"state", [&](const JsonItem& value) { read_state(value, link.up); }},
        {"ends", [&](const JsonItem& value) { read_ends(value, link); }},
        {"underlay",
         [&](const JsonItem& value) {
           if (value.is_null())
             link.subtract_underlay = false;
           else
             read_underlay(value, link.subtract_underlay);
         }},
        {"a_to_b", direction},
        {"b_to_a", direction},
    }};
    item.fields(fields, impairment_keys());
    read_impairments(item, link, Nulls::clear, report);
  }));
  if (!findings.empty()) return std::unexpected(std::move(findings));
  return link;
}

std::expected<Segment, Findings> changed_segment(std::string_view text, Segment segment) {
  auto findings = unique(read_object(text, [&](const JsonItem& item, const JsonReport& report) {
    std::vector<std::pair<Endpoint, JsonItem>> members;
    const std::array<JsonItem::Field, 2> fields{{
        {"state", [&](const JsonItem& value) { read_state(value, segment.up); }},
        {"members",
         [&](const JsonItem& value) {
           for (const auto& [name, member] : value.members()) {
             const auto end = parse_endpoint(name);
             if (!end || !segment.members.contains(*end)) {
               member.report_at_key(fmt::format("'{}' is no member of the segment", name));
               continue;
             }
             check_keys(member, Nulls::clear);
             members.emplace_back(*end, member);
           }
         }},
    }};
    item.fields(fields, impairment_keys());
    for (auto& [end, impairment] : segment.members)
      read_impairment(item, impairment, down, Nulls::clear);
    for (const auto& [end, member] : members)
      read_direction(member, segment.members[end], down, Nulls::clear);
    for (const auto& [end, impairment] : segment.members) check_at(item, impairment, report);
  }));
  if (!findings.empty()) return std::unexpected(std::move(findings));
  return segment;
}

std::expected<Impairment, Findings> new_member(std::string_view text) {
  Impairment toward;
  auto findings = read_object(text, [&](const JsonItem& item, const JsonReport& report) {
    check_keys(item, Nulls::refused);
    read_impairment(item, toward, down);
    check_at(item, toward, report);
  });
  if (!findings.empty()) return std::unexpected(std::move(findings));
  return toward;
}

}  // namespace linkfab::fabric
