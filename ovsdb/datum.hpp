// Values of OVSDB columns and their JSON form (RFC 7047 §5.1).
//
// A Datum is what one column of one row holds: a set of atoms (a scalar is a set of one) or a map.
// Sets and maps are kept sorted and unique, so equal values compare equal. Nearly all are scalars
// or empty: these need no memory beyond the Datum itself, except for the characters of a string.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/container/flat_map.hpp>
#include <json/value.h>

#include "core/result.hpp"
#include "ovsdb/uuid.hpp"

namespace linkfab::ovsdb {

using Atom = std::variant<std::int64_t, double, bool, std::string, Uuid>;

class Datum {
 public:
  using Set = std::span<const Atom>;  // sorted, unique
  using Map = boost::container::flat_map<Atom, Atom>;

  Datum() = default;  // the empty set
  Datum(Atom scalar);
  Datum(const char* text);
  Datum(std::string text);
  Datum(bool value);
  Datum(double value);
  Datum(int value);
  Datum(std::int64_t value);
  Datum(Uuid value);
  static Datum set(std::vector<Atom> atoms);
  static Datum map(Map pairs);
  template <class T>
  static Datum optional(const std::optional<T>& value) {
    return value ? Datum(*value) : Datum();
  }

  [[nodiscard]] bool is_map() const;
  [[nodiscard]] Set as_set() const;         // empty for a map; lives as long as the Datum
  [[nodiscard]] const Map& as_map() const;  // empty for a set
  [[nodiscard]] bool empty() const;

  // The only element where there is exactly one of that type, else the fallback.
  [[nodiscard]] std::string string(std::string fallback = {}) const;
  [[nodiscard]] std::int64_t integer(std::int64_t fallback = 0) const;
  [[nodiscard]] double real(double fallback = 0) const;
  [[nodiscard]] bool boolean(bool fallback = false) const;
  [[nodiscard]] std::optional<Uuid> uuid() const;
  [[nodiscard]] std::vector<std::string> strings() const;
  [[nodiscard]] std::vector<Uuid> uuids() const;
  [[nodiscard]] std::map<std::string, std::string> string_map() const;

  bool operator==(const Datum&) const = default;

 private:
  // The empty set, a set of one, of several, a map: one way only to hold each value.
  std::variant<std::monostate, Atom, std::vector<Atom>, Map> value_;
};

// Named values: what is written to a row, and what is read of one before its table is known.
using Columns = std::vector<std::pair<std::string, Datum>>;

[[nodiscard]] Json::Value to_json(const Atom& atom);
[[nodiscard]] Json::Value to_json(const Datum& datum);
// Any well-formed RFC 7047 <value>. Errc::invalid says what was found instead. Integers and reals
// are told apart by the JSON token; a column of reals that holds 1 may arrive as an integer
// (Datum::real takes both).
[[nodiscard]] Result<Datum> datum_from_json(const Json::Value& json);

}  // namespace linkfab::ovsdb
