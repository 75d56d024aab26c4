#include "fabric/impairment_json.hpp"

#include <array>
#include <set>

#include <fmt/format.h>

#include "netem/traffic_class.hpp"

namespace linkfab::fabric {
namespace {

using netem::Impairment;

void read_preset(const JsonItem& item, Impairment& impairment, netem::PresetDirection direction) {
  const auto text = item.text();
  if (!text) return;
  if (auto made = netem::parse_preset(*text, direction); made) {
    impairment = *std::move(made);
  } else {
    item.report(fmt::format("'{}': {}", text->substr(0, 80), made.error().cause));
  }
}

// A preset has no value of its own: there is nothing of it to clear.
void clear(Impairment& impairment, std::string_view key) {
  if (key == "classes") impairment.classes.clear();
  if (key != "classes" && key != "preset") (void)netem::set_option(impairment, key, "none");
}

netem::TrafficClass read_class(const JsonItem& item) {
  netem::TrafficClass traffic{.match = {}, .priority = 0, .impairment = {}};
  const std::array<JsonItem::Field, 2> fields{
      {{"match", [&](const JsonItem& value) { traffic.match = value.text().value_or(""); }},
       {"priority", [&](const JsonItem& value) {
          traffic.priority = static_cast<std::int32_t>(value.integer(-32768, 32767).value_or(0));
        }}}};
  item.fields(fields, impairment_keys());
  if (!item.find("match"))
    item.report("the class needs \"match\", for example \"udp and dst port 5060\"");
  read_impairment(item, traffic.impairment, netem::PresetDirection::down);
  return traffic;
}

// Those of a direction come on top of those of the link, as all else does.
void read_classes(const JsonItem& item, Impairment& impairment) {
  if (!item.is_list())
    return item.report_type("a list of objects with \"match\" and what their frames undergo");
  std::set<std::string> seen;
  for (const JsonItem& each : item.list()) {
    if (!each.is_object()) {
      each.report_type("an object with \"match\"");
      continue;
    }
    auto traffic = read_class(each);
    if (!seen.insert(traffic.match).second) each.report("this \"match\" is there already");
    netem::put_class(impairment, std::move(traffic));
  }
}

void add_options(Json::Value& json, const Impairment& impairment) {
  for (const auto& [key, value] : netem::options(impairment)) {
    if (key == "distribution-table") {
      for (const auto entry : impairment.table) json[key].append(entry);
    } else if (key == "ecn") {
      json[key] = true;
    } else {
      json[key] = value;
    }
  }
}

}  // namespace

const std::vector<std::string_view>& impairment_keys() {
  static const std::vector<std::string_view> keys = [] {
    std::vector<std::string_view> made{"preset"};
    for (const netem::OptionName& option : netem::option_names()) made.push_back(option.key);
    made.emplace_back("classes");
    return made;
  }();
  return keys;
}

void read_impairment(const JsonItem& object, netem::Impairment& impairment,
                     netem::PresetDirection direction, Nulls nulls) {
  for (const std::string_view key : impairment_keys()) {
    const auto item = object.find(key);
    if (!item) continue;
    if (nulls == Nulls::clear && item->is_null()) {
      clear(impairment, key);
      continue;
    }
    if (nulls == Nulls::clear && key == "classes") impairment.classes.clear();
    if (key == "preset") {
      read_preset(*item, impairment, direction);
      continue;
    }
    if (key == "classes") {
      read_classes(*item, impairment);
      continue;
    }
    if (item->is_list() != (key == "distribution-table")) {
      item->report_type(item->is_list() ? "one value" : "a list of numbers");
      continue;
    }
    const auto text = option_text(*item);
    if (!text) continue;
    if (const auto done = netem::set_option(impairment, key, *text); !done)
      item->report(fmt::format("'{}': {}", text->substr(0, 80), done.error().cause));
  }
}

void read_underlay(const JsonItem& item, bool& subtract) {
  constexpr std::array<std::string_view, 2> words{"add", "subtract"};
  if (const auto choice = item.choice(words)) subtract = *choice == 1;
}

Json::Value to_json(const Impairment& impairment) {
  Json::Value json(Json::objectValue);
  add_options(json, impairment);
  for (const auto& traffic : impairment.classes) {
    Json::Value each(Json::objectValue);
    each["match"] = traffic.match;
    if (traffic.priority != 0) each["priority"] = traffic.priority;
    add_options(each, traffic.impairment);
    json["classes"].append(std::move(each));
  }
  return json;
}

}  // namespace linkfab::fabric
