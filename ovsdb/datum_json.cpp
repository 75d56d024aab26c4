// RFC 7047 §5.1: <value> is an <atom>, a <set> or a <map>; a set of one is written as its atom.
#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "ovsdb/datum.hpp"
#include "ovsdb/json_text.hpp"

namespace linkfab::ovsdb {
namespace {

Json::Value tagged(const char* tag, Json::Value content) {
  Json::Value pair(Json::arrayValue);
  pair.append(tag);
  pair.append(std::move(content));
  return pair;
}

std::unexpected<Error> unexpected_value(const char* wanted, const Json::Value& found) {
  return failure(Errc::invalid, "decode OVSDB value",
                 fmt::format("expected {}, found {}", wanted, excerpt(found)));
}

// ["uuid", …], ["set", …] and so on; empty where it is none.
std::string tag_of(const Json::Value& json) {
  if (!json.isArray() || json.size() != 2 || !json[0].isString()) return {};
  return json[0].asString();
}

Result<Atom> uuid_from_json(const Json::Value& json) {
  const std::string tag = tag_of(json);
  if (!json[1].isString()) return unexpected_value("the text of a UUID", json);
  const bool named = tag == "named-uuid";
  const auto uuid = named ? Uuid::with_name(json[1].asString()) : Uuid::parse(json[1].asString());
  if (!uuid)
    return unexpected_value(named ? "a name of at most 16 characters" : "a UUID of 36 characters",
                            json);
  return *uuid;
}

Result<Atom> atom_from_json(const Json::Value& json) {
  switch (json.type()) {
    case Json::stringValue:
      return json.asString();
    case Json::booleanValue:
      return json.asBool();
    case Json::intValue:
      return std::int64_t{json.asInt64()};
    case Json::realValue:
      return json.asDouble();
    case Json::uintValue:
      if (json.isInt64()) return std::int64_t{json.asInt64()};
      return unexpected_value("an integer of 64 bits with sign", json);
    default:
      break;
  }
  const std::string tag = tag_of(json);
  if (tag == "uuid" || tag == "named-uuid") return uuid_from_json(json);
  return unexpected_value("an atom", json);
}

bool is_number(const Atom& atom) {
  return std::holds_alternative<std::int64_t>(atom) || std::holds_alternative<double>(atom);
}

// A column of reals that holds 1 and 2.5 is sent as [1, 2.5]: such atoms are all reals.
bool unify(std::vector<Atom*> atoms) {
  const auto same = [&](const Atom* atom) { return atom->index() == atoms.front()->index(); };
  if (std::all_of(atoms.begin(), atoms.end(), same)) return true;
  if (!std::all_of(atoms.begin(), atoms.end(), [](const Atom* atom) { return is_number(*atom); }))
    return false;
  for (Atom* atom : atoms)
    if (const auto* integer = std::get_if<std::int64_t>(atom))
      *atom = static_cast<double>(*integer);
  return true;
}

Result<Datum> set_from_json(const Json::Value& json) {
  if (!json[1].isArray()) return unexpected_value("an array of atoms", json[1]);
  std::vector<Atom> atoms;
  std::vector<Atom*> places;
  atoms.reserve(json[1].size());
  for (const Json::Value& element : json[1]) {
    Result<Atom> atom = atom_from_json(element);
    if (!atom) return std::unexpected(std::move(atom.error()));
    places.push_back(&atoms.emplace_back(std::move(*atom)));
  }
  if (!unify(std::move(places))) return unexpected_value("a set of one type", json);
  const std::size_t count = atoms.size();
  Datum datum = Datum::set(std::move(atoms));
  if (datum.as_set().size() != count) return unexpected_value("a set without duplicates", json);
  return datum;
}

Result<Datum> map_from_json(const Json::Value& json) {
  if (!json[1].isArray()) return unexpected_value("an array of pairs", json[1]);
  std::vector<std::pair<Atom, Atom>> pairs;
  std::vector<Atom*> keys;
  std::vector<Atom*> values;
  pairs.reserve(json[1].size());
  for (const Json::Value& element : json[1]) {
    if (!element.isArray() || element.size() != 2) return unexpected_value("a pair", element);
    Result<Atom> key = atom_from_json(element[0]);
    if (!key) return std::unexpected(std::move(key.error()));
    Result<Atom> value = atom_from_json(element[1]);
    if (!value) return std::unexpected(std::move(value.error()));
    auto& pair = pairs.emplace_back(std::move(*key), std::move(*value));
    keys.push_back(&pair.first);
    values.push_back(&pair.second);
  }
  if (!unify(std::move(keys)) || !unify(std::move(values)))
    return unexpected_value("a map of one type to one type", json);
  Datum::Map map;
  for (auto& [key, value] : pairs)
    if (!map.emplace(std::move(key), std::move(value)).second)
      return unexpected_value("a map without duplicate keys", json);
  return Datum::map(std::move(map));
}

}  // namespace

Json::Value to_json(const Atom& atom) {
  if (const auto* uuid = std::get_if<Uuid>(&atom))
    return tagged(uuid->named() ? "named-uuid" : "uuid", uuid->text());
  if (const auto* integer = std::get_if<std::int64_t>(&atom))
    return {static_cast<Json::Int64>(*integer)};
  if (const auto* real = std::get_if<double>(&atom)) return {*real};
  if (const auto* flag = std::get_if<bool>(&atom)) return {*flag};
  return {std::get<std::string>(atom)};
}

Json::Value to_json(const Datum& datum) {
  Json::Value elements(Json::arrayValue);
  if (datum.is_map()) {
    for (const auto& [key, value] : datum.as_map()) {
      Json::Value pair(Json::arrayValue);
      pair.append(to_json(key));
      pair.append(to_json(value));
      elements.append(std::move(pair));
    }
    return tagged("map", std::move(elements));
  }
  if (datum.as_set().size() == 1) return to_json(datum.as_set().front());
  for (const Atom& atom : datum.as_set()) elements.append(to_json(atom));
  return tagged("set", std::move(elements));
}

Result<Datum> datum_from_json(const Json::Value& json) {
  const std::string tag = tag_of(json);
  if (tag == "set") return set_from_json(json);
  if (tag == "map") return map_from_json(json);
  Result<Atom> atom = atom_from_json(json);
  if (!atom) return std::unexpected(std::move(atom.error()));
  return Datum(std::move(*atom));
}

}  // namespace linkfab::ovsdb
