#include "fabric/difference.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/rows.hpp"
#include "fabric/switch_settings.hpp"

namespace linkfab::fabric {
namespace {

using Fields = std::map<std::string, std::string>;

void put(Fields& fields, const std::string& name, const std::string& value) {
  if (!value.empty()) fields.emplace(name, value);
}

void put_all(Fields& fields, const std::string& kind,
             const std::map<std::string, std::string>& pairs) {
  for (const auto& [key, value] : pairs)
    put(fields, kind + " " + key, value.empty() ? "''" : value);
}

std::string text_of(const Interface& interface) {
  std::vector<std::string> parts = interface.addresses;
  if (interface.mac) parts.push_back("mac " + *interface.mac);
  if (interface.mtu) parts.push_back(fmt::format("mtu {}", *interface.mtu));
  return parts.empty() ? "no address" : fmt::format("{}", fmt::join(parts, ", "));
}

Fields fields_of(const Node& node) {
  Fields fields{{"kind", format(node.kind)}, {"state", format(node.state)}};
  put(fields, "image", node.image);
  put(fields, "command", fmt::format("{}", fmt::join(node.command, " ")));
  put_all(fields, "environment", node.environment);
  put_all(fields, "sysctl", node.sysctls);
  put_all(fields, "option", node.options);
  put_all(fields, "place", node.place);
  const auto settings = parse_switch_settings(node.switch_settings);
  for (const auto& key : settings.getMemberNames()) put(fields, key, format_json(settings[key]));
  put(fields, "binds", fmt::format("{}", fmt::join(node.binds, ", ")));
  for (const auto& [name, interface] : node.interfaces)
    put(fields, "interface " + name, text_of(interface));
  for (const auto& route : node.routes) {
    auto& text = fields["route " + route.destination];
    if (!text.empty()) text += ", ";
    const auto rest = format(Route{.destination = "", .via = route.via, .dev = route.dev});
    text += rest.substr(std::min<std::size_t>(rest.size(), 1));  // without the blank before "via"
  }
  return fields;
}

Fields fields_of(const Link& link) {
  Fields fields{{"ends", fmt::format("{} -- {}", format(link.a), format(link.b))},
                {"state", link.up ? "up" : "cut"}};
  put(fields, "underlay", link.subtract_underlay ? "subtract" : "");
  put(fields, fmt::format("{} -> {}", format(link.a), format(link.b)), netem::format(link.a_to_b));
  put(fields, fmt::format("{} -> {}", format(link.b), format(link.a)), netem::format(link.b_to_a));
  return fields;
}

Fields fields_of(const Segment& segment) {
  Fields fields{{"kind", format(segment.kind)}, {"state", segment.up ? "up" : "cut"}};
  for (const auto& [member, toward] : segment.members) {
    fields.emplace("member " + format(member), "attached");
    put(fields, "-> " + format(member), netem::format(toward));
  }
  return fields;
}

std::vector<Difference::Field> compare(const Fields& before, const Fields& after) {
  std::vector<Difference::Field> changed;
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end()) {
      changed.push_back({name, "", value});
    } else if (old->second != value) {
      changed.push_back({name, old->second, value});
    }
  }
  for (const auto& [name, value] : before)
    if (!after.contains(name)) changed.push_back({name, value, ""});
  std::ranges::sort(changed, {}, &Difference::Field::name);
  return changed;
}

template <class Objects>
void compare_objects(const std::string& kind, const Objects& have, const Objects& want,
                     Difference& difference) {
  using Action = Difference::Action;
  for (const auto& [name, object] : have)
    if (!want.contains(name)) difference.items.push_back({Action::remove, kind, name, {}});
  for (const auto& [name, object] : want) {
    const auto old = have.find(name);
    if (old == have.end()) {
      difference.items.push_back({Action::add, kind, name, compare({}, fields_of(object))});
    } else if (old->second == object) {
      ++difference.unchanged;
    } else {
      difference.items.push_back(
          {Action::change, kind, name, compare(fields_of(old->second), fields_of(object))});
    }
  }
}

std::string number(std::size_t count) {
  return count == 0 ? "nothing" : std::to_string(count);
}

}  // namespace

std::size_t Difference::count(Action action) const {
  return static_cast<std::size_t>(std::ranges::count(items, action, &Item::action));
}

Difference difference(const Topology& have, const Topology& want) {
  Difference result{.name_before = have.name, .name_after = want.name, .items = {}, .unchanged = 0};
  compare_objects("node", have.nodes, want.nodes, result);
  compare_objects("link", have.links, want.links, result);
  compare_objects("segment", have.segments, want.segments, result);
  return result;
}

std::string format(Difference::Action action) {
  switch (action) {
    case Difference::Action::add:
      return "add";
    case Difference::Action::change:
      return "change";
    case Difference::Action::remove:
      return "remove";
  }
  return {};
}

std::string format(const Difference::Field& field) {
  if (field.before.empty()) return fmt::format("{}: {}", field.name, field.after);
  return fmt::format("{}: {} -> {}", field.name, field.before,
                     field.after.empty() ? "none" : field.after);
}

std::string summary(const Difference& difference) {
  using Action = Difference::Action;
  return fmt::format("{} to add, {} to change, {} to remove, {} unchanged",
                     number(difference.count(Action::add)),
                     number(difference.count(Action::change)),
                     number(difference.count(Action::remove)), difference.unchanged);
}

}  // namespace linkfab::fabric
