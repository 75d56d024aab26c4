#include "fabric/change_record.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/json_text.hpp"
#include "fabric/lab_document.hpp"
#include "fabric/lookup.hpp"
#include "fabric/merge_patch.hpp"
#include "ovsdb/json_text.hpp"

namespace linkfab::fabric {
namespace {

constexpr std::size_t longest_summary = 400;   // bytes
constexpr std::size_t most_named_objects = 4;  // in a summary
constexpr std::size_t most_values = 4;
constexpr std::ptrdiff_t most_compared = 16;  // of the kinds of changes so far

// Both sides of one object; null: it is not there.
using Sides = std::pair<Json::Value, Json::Value>;

// Thousands of links mostly change alike: then each is a name more.
class Collector {
 public:
  void add(const std::string& kind, const std::string& name, const Sides& patches) {
    const auto end = touches_.rbegin() + std::min(std::ssize(touches_), most_compared);
    const auto found = std::find_if(touches_.rbegin(), end, [&](const Touch& touch) {
      return touch.kind == kind && touch.before == patches.first && touch.after == patches.second;
    });
    if (found != end)
      found->names.push_back(name);
    else
      touches_.push_back({kind, {name}, patches.first, patches.second});
  }
  Touches take() { return std::move(touches_); }

 private:
  Touches touches_;
};

Sides patches(const Json::Value& before, const Json::Value& after) {
  return {merge_patch(after, before), merge_patch(before, after)};
}

template <class Object, class Document>
void compare_by_name(Collector& collector, const std::string& kind,
                     const std::map<std::string, Object>& before,
                     const std::map<std::string, Object>& after, Document document) {
  const auto look = [&](const Object* object) {
    return object == nullptr ? Json::Value() : document(*object);
  };
  // What the last one became is likely what the next one becomes.
  std::optional<std::pair<Object, Object>> last;
  Sides last_patches;
  const auto compare = [&](const std::string& name, const Object* was, const Object* is) {
    if (was != nullptr && is != nullptr) {
      if (*was == *is) return;
      if (!last || last->first != *was || last->second != *is) {
        last = {*was, *is};
        last_patches = patches(document(*was), document(*is));
      }
      return collector.add(kind, name, last_patches);
    }
    collector.add(kind, name, {look(was), look(is)});
  };
  for (const auto& [name, object] : before) compare(name, &object, lookup(after, name));
  for (const auto& [name, object] : after)
    if (!before.contains(name)) compare(name, nullptr, &object);
}

Json::Value columns_json(const ovsdb::Columns& columns) {
  Json::Value json(Json::objectValue);
  for (const auto& [name, value] : columns) json[name] = ovsdb::to_json(value);
  return json;
}

// "3 nodes, 1 link".
std::string counted_kinds(const std::map<std::string, std::size_t>& kinds) {
  std::vector<std::string> parts;
  for (const char* kind : {"lab", "node", "link", "segment", "scenario", "host"})
    if (const auto* count = lookup(kinds, kind); count != nullptr)
      parts.push_back(fmt::format("{} {}{}", *count, kind, *count == 1 ? "" : "s"));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// "3 nodes and 2 links added; 1 link changed".
std::string counts(const Touches& touches) {
  std::vector<std::string> parts;
  for (const char* what : {"added", "removed", "changed"}) {
    std::map<std::string, std::size_t> kinds;
    for (const auto& touch : touches) {
      const char* its = touch.before.isNull()  ? "added"
                        : touch.after.isNull() ? "removed"
                                               : "changed";
      if (std::string_view(its) == what && touch.kind != "lab")
        kinds[touch.kind] += touch.names.size();
    }
    if (!kinds.empty()) parts.push_back(counted_kinds(kinds) + " " + what);
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string values_text(const Touch& touch) {
  if (touch.before.isNull() || touch.after.isNull()) return "";
  std::string text;
  const auto values = value_changes(touch);
  for (std::size_t i = 0; i < std::min(values.size(), most_values); ++i) {
    const auto& [name, before, after] = values[i];
    text += fmt::format("{}{} {} → {}", i == 0 ? " " : ", ", name, before.empty() ? "none" : before,
                        after.empty() ? "none" : after);
  }
  if (values.size() > most_values) text += fmt::format(" and {} more", values.size() - most_values);
  return text;
}

std::string value_name(const JsonPath& path) {
  return fmt::format("{}", fmt::join(path, " "));
}

}  // namespace

std::string cut_short(std::string text, std::size_t longest) {
  if (text.size() <= longest) return text;
  while ((static_cast<unsigned char>(text[longest]) & 0xc0U) == 0x80) --longest;
  return text.substr(0, longest) + "…";
}

Touches touches(const Touched& touched) {
  Collector collector;
  const auto& [before, after, restarted, played, stopped, hosts] = touched;
  if (before.name != after.name) {
    Sides names{Json::Value(Json::objectValue), Json::Value(Json::objectValue)};
    names.first["name"] = before.name;
    names.second["name"] = after.name;
    collector.add("lab", after.name.empty() ? before.name : after.name, names);
  }
  compare_by_name(collector, "node", before.nodes, after.nodes, node_document);
  compare_by_name(collector, "link", before.links, after.links, link_document);
  compare_by_name(collector, "segment", before.segments, after.segments, segment_document);
  const Json::Value nothing(Json::objectValue);
  for (const auto& name : restarted) collector.add("node", name, {nothing, nothing});
  for (const auto& name : stopped)
    if (!played.contains(name)) collector.add("scenario", name, {nothing, Json::Value()});
  for (const auto& [name, columns] : played)
    collector.add("scenario", name, {Json::Value(), columns_json(columns)});
  for (const auto& [name, sides] : hosts)
    collector.add(
        "host", name,
        sides.first.isNull() || sides.second.isNull() ? sides : patches(sides.first, sides.second));
  return collector.take();
}

std::string summary(const ChangeWords& words, const Touches& touches) {
  if (!words.about.empty()) return cut_short(words.verb + " " + words.about, longest_summary);
  if (touches.size() == 1 && touches.front().kind != "lab")
    return cut_short(
        fmt::format("{} {}{}", words.verb, named_objects(touches), values_text(touches.front())),
        longest_summary);
  const auto counted_objects = counts(touches);
  return cut_short(counted_objects.empty() && !touches.empty()
                       ? words.verb + values_text(touches.front())
                       : fmt::format("{}: {}", words.verb, counted_objects),
                   longest_summary);
}

std::string named_objects(const Touches& touches) {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> kinds;
  for (const auto& touch : touches) {
    kinds[touch.kind] += touch.names.size();
    names.insert(names.end(), touch.names.begin(), touch.names.end());
  }
  if (names.size() <= most_named_objects) return fmt::format("{}", fmt::join(names, ", "));
  return counted_kinds(kinds);
}

std::vector<ValueChange> value_changes(const Touch& touch) {
  std::map<std::string, ValueChange> found;
  const auto set = [&](std::string ValueChange::* side) {
    return [&found, side](const JsonPath& path, const Json::Value& value) {
      if (path.empty() || path.back() == "steps") return;  // of a scenario: a document
      const auto name = value_name(path);
      auto& change = found[name];
      change.name = name;
      if (!value.isNull()) change.*side = text_of_value(value);
    };
  };
  if (!touch.before.isNull()) for_each_leaf(touch.before, set(&ValueChange::before));
  if (!touch.after.isNull()) for_each_leaf(touch.after, set(&ValueChange::after));
  // What both directions of a link become is said once.
  std::vector<ValueChange> changes;
  for (const auto& [name, change] : found) {
    constexpr std::string_view one = "a_to_b";
    constexpr std::string_view other = "b_to_a";
    const auto rest = name.size() > one.size() ? name.substr(one.size()) : "";
    const auto twin = [&](std::string_view direction) -> const ValueChange* {
      const auto* its = lookup(found, std::string(direction) + rest);
      const bool same =
          its != nullptr && its->before == change.before && its->after == change.after;
      return same && !rest.empty() ? its : nullptr;
    };
    if (name.starts_with(other) && twin(one) != nullptr) continue;
    changes.push_back(change);
    if (name.starts_with(one) && twin(other) != nullptr) changes.back().name = rest.substr(1);
  }
  std::erase_if(changes, [](const ValueChange& change) { return change.before == change.after; });
  return changes;
}

std::string text_of_value(const Json::Value& value) {
  if (value.isString()) return value.asString();
  std::string text;
  return ovsdb::append_json(text, value) ? text : "";
}

Json::Value to_json(const Touches& touches) {
  Json::Value list(Json::arrayValue);
  for (const auto& [kind, names, before, after] : touches) {
    Json::Value json(Json::objectValue);
    json["kind"] = kind;
    for (const auto& name : names) json["names"].append(name);
    json["before"] = before;
    json["after"] = after;
    list.append(std::move(json));
  }
  return list;
}

Result<Touches> parse_touches(std::string_view text) {
  const auto wrong = [](std::string cause) {
    return failure(Errc::invalid, "read what a change did", std::move(cause));
  };
  const auto list = parse_json(text);
  if (!list) return wrong(list.error().cause);
  if (!list->isArray()) return wrong("a list is needed");
  const auto is_side = [](const Json::Value& value) { return value.isNull() || value.isObject(); };
  Touches touches;
  for (const auto& json : *list) {
    if (!json.isObject() || !json["kind"].isString() || !json["names"].isArray() ||
        !is_side(json["before"]) || !is_side(json["after"]))
      return wrong("an object with kind, names, before and after is needed");
    Touch touch{json["kind"].asString(), {}, json["before"], json["after"]};
    for (const auto& name : json["names"])
      if (name.isString()) touch.names.push_back(name.asString());
    touches.push_back(std::move(touch));
  }
  return touches;
}

}  // namespace linkfab::fabric
