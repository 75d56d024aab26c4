// Rows of Open vSwitch out of JSON, checked against the types that its running database has. Pure.
//
// A value is written as the column's type suggests: a list for a set, which may be left out around
// one element; an object for a map; for a reference an object with that row's columns, which is
// inserted too. References to ports are interfaces of the node by their names, and a controller may
// be its target alone. Everything that is wrong is reported, with its path in the topology file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

class SwitchColumns {
 public:
  // `schema` as get_schema answers; both outlive this. `marks` go into the external_ids of each row
  // that is inserted.
  SwitchColumns(const Json::Value& schema, std::map<std::string, std::string> marks)
      : schema_(schema), marks_(std::move(marks)) {}

  // The rows that ports are, by interface; to be known before columns that refer to them.
  std::map<std::string, ovsdb::Uuid> ports;

  // The columns of a row of `table` that `settings` say, and the defaults of all others that may be
  // set: what was set before and is not any more goes. Rows referred to are inserted into `change`.
  // Without what only we set (refused_column()) and without external_ids, which are marks() merged
  // with what is given there.
  [[nodiscard]] ovsdb::Columns columns(ovsdb::Transaction& change, const std::string& table,
                                       const Json::Value& settings, const std::string& path);
  // Marks, with those in the settings' own external_ids.
  [[nodiscard]] ovsdb::Datum external_ids(const Json::Value& settings,
                                          std::map<std::string, std::string> marks) const;

  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  void report(const std::string& path, const std::string& problem);
  [[nodiscard]] std::vector<std::string> settable(const std::string& table) const;
  [[nodiscard]] ovsdb::Uuid insert(ovsdb::Transaction& change, const std::string& table,
                                   const Json::Value& value, const std::string& path);
  [[nodiscard]] ovsdb::Datum datum(ovsdb::Transaction& change, const Json::Value& type,
                                   const Json::Value& value, const std::string& path);
  [[nodiscard]] ovsdb::Datum map(ovsdb::Transaction& change, const Json::Value& type,
                                 const Json::Value& value, const std::string& path);
  [[nodiscard]] ovsdb::Atom atom(ovsdb::Transaction& change, const Json::Value& base,
                                 const Json::Value& value, const std::string& path);
  [[nodiscard]] ovsdb::Atom reference(ovsdb::Transaction& change, const std::string& table,
                                      const Json::Value& value, const std::string& path);
  void check_bounds(const Json::Value& base, const Json::Value& value, const std::string& path);

  const Json::Value& schema_;
  std::map<std::string, std::string> marks_;
  std::vector<std::string> problems_;
};

}  // namespace linkfab::fabric
