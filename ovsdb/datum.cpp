#include "ovsdb/datum.hpp"

#include <algorithm>
#include <utility>

namespace linkfab::ovsdb {
namespace {

// The only atom of a set of one if it is a T.
template <class T>
const T* only(const Datum& datum) {
  const Datum::Set set = datum.as_set();
  return set.size() == 1 ? std::get_if<T>(&set.front()) : nullptr;
}

template <class T>
std::vector<T> all(const Datum& datum) {
  std::vector<T> found;
  for (const Atom& atom : datum.as_set())
    if (const T* value = std::get_if<T>(&atom)) found.push_back(*value);
  return found;
}

}  // namespace

Datum::Datum(Atom scalar) : value_(std::move(scalar)) {}

Datum::Datum(const char* text) : Datum(Atom(std::string(text))) {}
Datum::Datum(std::string text) : Datum(Atom(std::move(text))) {}
Datum::Datum(bool value) : Datum(Atom(value)) {}
Datum::Datum(double value) : Datum(Atom(value)) {}
Datum::Datum(int value) : Datum(Atom(std::int64_t{value})) {}
Datum::Datum(std::int64_t value) : Datum(Atom(value)) {}
Datum::Datum(Uuid value) : Datum(Atom(value)) {}

Datum Datum::set(std::vector<Atom> atoms) {
  std::sort(atoms.begin(), atoms.end());
  atoms.erase(std::unique(atoms.begin(), atoms.end()), atoms.end());
  if (atoms.empty()) return {};
  if (atoms.size() == 1) return {std::move(atoms.front())};
  atoms.shrink_to_fit();
  Datum datum;
  datum.value_ = std::move(atoms);
  return datum;
}

Datum Datum::map(Map pairs) {
  pairs.shrink_to_fit();
  Datum datum;
  datum.value_ = std::move(pairs);
  return datum;
}

bool Datum::is_map() const {
  return std::holds_alternative<Map>(value_);
}

Datum::Set Datum::as_set() const {
  if (const auto* one = std::get_if<Atom>(&value_)) return {one, 1};
  if (const auto* several = std::get_if<std::vector<Atom>>(&value_)) return *several;
  return {};
}

const Datum::Map& Datum::as_map() const {
  static const Map none;
  const Map* map = std::get_if<Map>(&value_);
  return map != nullptr ? *map : none;
}

bool Datum::empty() const {
  return as_set().empty() && as_map().empty();
}

std::string Datum::string(std::string fallback) const {
  const auto* value = only<std::string>(*this);
  if (value == nullptr) return fallback;
  return *value;
}

std::int64_t Datum::integer(std::int64_t fallback) const {
  const auto* value = only<std::int64_t>(*this);
  return value != nullptr ? *value : fallback;
}

double Datum::real(double fallback) const {
  if (const auto* value = only<double>(*this)) return *value;
  if (const auto* value = only<std::int64_t>(*this)) return static_cast<double>(*value);
  return fallback;
}

bool Datum::boolean(bool fallback) const {
  const auto* value = only<bool>(*this);
  return value != nullptr ? *value : fallback;
}

std::optional<Uuid> Datum::uuid() const {
  const auto* value = only<Uuid>(*this);
  return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::vector<std::string> Datum::strings() const {
  return all<std::string>(*this);
}
std::vector<Uuid> Datum::uuids() const {
  return all<Uuid>(*this);
}

std::map<std::string, std::string> Datum::string_map() const {
  std::map<std::string, std::string> found;
  for (const auto& [key, value] : as_map()) {
    const auto* key_text = std::get_if<std::string>(&key);
    const auto* value_text = std::get_if<std::string>(&value);
    if (key_text != nullptr && value_text != nullptr) found.emplace(*key_text, *value_text);
  }
  return found;
}

}  // namespace linkfab::ovsdb
