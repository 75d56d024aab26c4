#include "fabric/switch_columns.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggest.hpp"
#include "fabric/column_values.hpp"
#include "fabric/switch_settings.hpp"
#include "ovsdb/schema.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Atom;
using ovsdb::Datum;
using ovsdb::Transaction;
using ovsdb::Uuid;

std::string base_type(const Json::Value& base) {
  const auto& name = base.isObject() ? base["type"] : base;
  return name.isString() ? name.asString() : std::string{};
}

const Json::Value& key_of(const Json::Value& type) {
  return type.isObject() && type.isMember("key") ? type["key"] : type;
}

bool is_map(const Json::Value& type) {
  return type.isObject() && type.isMember("value");
}

// The most elements; a scalar has one.
std::size_t most_elements(const Json::Value& type) {
  if (!type.isObject() || !type.isMember("max")) return 1;
  return type["max"].isString() ? std::string::npos : type["max"].asUInt();
}

std::string step(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

// Text as it stands, and what people write for it without quotes.
std::optional<std::string> as_text(const Json::Value& value, bool scalars) {
  if (value.isString()) return value.asString();
  if (scalars && (value.isBool() || value.isNumeric())) return format_json(value);
  return std::nullopt;
}

std::string suggest(const std::string& word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  return did_you_mean(word, views);
}

}  // namespace

void SwitchColumns::report(const std::string& path, const std::string& problem) {
  problems_.push_back(path + ": " + problem);
}

std::vector<std::string> SwitchColumns::settable(const std::string& table) const {
  std::vector<std::string> names;
  const auto& columns = schema_["tables"][table]["columns"];
  for (const auto& name : columns.getMemberNames()) {
    const bool reported =
        columns[name]["ephemeral"].isBool() && columns[name]["ephemeral"].asBool();
    if (!reported && name != "external_ids" && !refused_column(table, name)) names.push_back(name);
  }
  return names;
}

ovsdb::Columns SwitchColumns::columns(Transaction& change, const std::string& table,
                                      const Json::Value& settings, const std::string& path) {
  ovsdb::Columns result;
  if (!settings.isNull() && !settings.isObject()) {
    report(path, "an object with columns of the table " + table + " is needed");
    return result;
  }
  const auto names = settable(table);
  const auto& known = schema_["tables"][table]["columns"];
  for (const auto& key : settings.getMemberNames()) {
    if (std::ranges::count(names, key) != 0 || key == "external_ids") continue;
    const auto why = refused_column(table, key);
    report(step(path, key),
           why ? std::string(*why)
           : known.isMember(key)
               ? std::string("Open vSwitch reports it, nobody sets it")
               : fmt::format("Open vSwitch {} has no such column of the table {}{}",
                             schema_["version"].asString(), table, suggest(key, names)));
  }
  const auto types = ovsdb::schema_from_json(schema_, {{table, names}});
  for (const auto& name : names) {
    if (!settings[name].isNull()) {
      result.emplace_back(name,
                          datum(change, known[name]["type"], settings[name], step(path, name)));
    } else if (types) {
      result.emplace_back(name, types->at(table).at(name).fallback);
    }
  }
  return result;
}

Datum SwitchColumns::external_ids(const Json::Value& settings,
                                  std::map<std::string, std::string> marks) const {
  const auto& given = settings.isObject() ? settings["external_ids"] : settings;
  if (given.isObject())
    for (const auto& key : given.getMemberNames())
      if (const auto text = as_text(given[key], true); text && !is_own_mark(key))
        marks.emplace(key, *text);
  return string_map(marks);
}

Uuid SwitchColumns::insert(Transaction& change, const std::string& table, const Json::Value& value,
                           const std::string& path) {
  Json::Value settings = value;
  if (table == "Controller" && value.isString()) {
    settings = Json::objectValue;
    settings["target"] = value;
  }
  auto row = columns(change, table, settings, path);
  if (schema_["tables"][table]["columns"].isMember("external_ids"))
    row.emplace_back("external_ids", external_ids(settings, marks_));
  return change.insert(table, row);
}

Atom SwitchColumns::reference(Transaction& change, const std::string& table,
                              const Json::Value& value, const std::string& path) {
  if (table != "Port") return insert(change, table, value, path);
  if (value.isString())
    if (const auto port = ports.find(value.asString()); port != ports.end()) return port->second;
  std::vector<std::string_view> names;
  for (const auto& [name, port] : ports) names.push_back(name);
  report(path,
         fmt::format("an interface of the switch is needed, one of {}", fmt::join(names, ", ")));
  return Uuid{};
}

void SwitchColumns::check_bounds(const Json::Value& base, const Json::Value& value,
                                 const std::string& path) {
  if (!base.isObject()) return;
  const auto below = [&](const char* key) {
    return base.isMember(key) && value.asDouble() < base[key].asDouble();
  };
  const auto above = [&](const char* key) {
    return base.isMember(key) && value.asDouble() > base[key].asDouble();
  };
  if (value.isNumeric() && (below("minInteger") || above("maxInteger")))
    report(path, fmt::format("{} is not between {} and {}", format_json(value),
                             base.get("minInteger", "-").asString(),
                             base.get("maxInteger", "-").asString()));
  const auto& allowed = base["enum"];
  if (!allowed.isArray() || allowed.size() != 2 || !value.isString()) return;
  std::vector<std::string> words;
  for (const auto& word : allowed[1]) words.push_back(word.asString());
  if (std::ranges::count(words, value.asString()) == 0)
    report(path, fmt::format("'{}' is none of {}{}", value.asString(), fmt::join(words, ", "),
                             suggest(value.asString(), words)));
}

Atom SwitchColumns::atom(Transaction& change, const Json::Value& base, const Json::Value& value,
                         const std::string& path) {
  const auto type = base_type(base);
  if (type == "uuid") return reference(change, base["refTable"].asString(), value, path);
  check_bounds(base, value, path);
  if (type == "integer" && value.isInt64()) return std::int64_t{value.asInt64()};
  if (type == "real" && value.isNumeric()) return value.asDouble();
  if (type == "boolean" && value.isBool()) return value.asBool();
  if (type == "string" && value.isString()) return value.asString();
  const std::map<std::string, std::string> needed{{"integer", "a whole number"},
                                                  {"real", "a number"},
                                                  {"boolean", "true or false"},
                                                  {"string", "a text"}};
  const auto words = needed.find(type);
  report(path, fmt::format("{} is needed, not {}", words == needed.end() ? type : words->second,
                           format_json(value)));
  return std::int64_t{0};
}

Datum SwitchColumns::map(Transaction& change, const Json::Value& type, const Json::Value& value,
                         const std::string& path) {
  if (!value.isObject()) {
    report(path, "an object is needed, not " + format_json(value));
    return {};
  }
  Datum::Map result;
  for (const auto& name : value.getMemberNames()) {
    Json::Value key(name);
    std::int64_t number = 0;
    if (base_type(type["key"]) == "integer" &&
        std::from_chars(name.data(), name.data() + name.size(), number).ptr ==
            name.data() + name.size())
      key = Json::Int64{number};
    auto element = value[name];
    if (base_type(type["value"]) == "string")
      if (const auto text = as_text(element, true)) element = *text;
    result.emplace(atom(change, type["key"], key, step(path, name)),
                   atom(change, type["value"], element, step(path, name)));
  }
  return Datum::map(std::move(result));
}

Datum SwitchColumns::datum(Transaction& change, const Json::Value& type, const Json::Value& value,
                           const std::string& path) {
  if (is_map(type)) return map(change, type, value, path);
  if (!value.isArray()) return atom(change, key_of(type), value, path);
  if (value.size() > most_elements(type)) {
    report(path, fmt::format("at most {} can be given, not {}", most_elements(type), value.size()));
    return {};
  }
  std::vector<Atom> atoms;
  for (Json::ArrayIndex i = 0; i < value.size(); ++i)
    atoms.push_back(atom(change, key_of(type), value[i], fmt::format("{}[{}]", path, i)));
  return Datum::set(std::move(atoms));
}

}  // namespace linkfab::fabric
