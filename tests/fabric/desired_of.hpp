// A Desired that was read from a database which holds a topology, without the database.
#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <json/reader.h>

#include "fabric/desired.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/linkfab_schema.hpp"

namespace linkfab::fabric {

class Dump {
 public:
  explicit Dump(const Topology& topology) {
    for (const auto& [name, node] : topology.nodes) add_node(name, node);
    for (const auto& [name, link] : topology.links) add_link(name, link);
    for (const auto& [name, segment] : topology.segments) add_segment(name, segment);
  }

  [[nodiscard]] Desired desired() const {
    Json::Value schema;
    const std::string text(ovsdb::linkfab_schema());
    Json::Reader().parse(text, schema);
    ovsdb::Replica replica;
    replica.learn(*ovsdb::schema_from_json(schema, topology_columns().tables));
    const auto changes = replica.replace(tables_, false);
    if (!changes) throw std::logic_error(format(changes.error()));
    Desired desired;
    (void)desired.apply(replica, *changes);
    return desired;
  }

 private:
  ovsdb::Uuid add(const std::string& table, const ovsdb::Columns& columns) {
    const ovsdb::Uuid row{fmt::format("00000000-0000-0000-0000-{:012}", ++count_)};
    for (const auto& [name, value] : columns)
      tables_[table][row.text()]["new"][name] = to_json(value);
    return row;
  }
  void add_node(const std::string& name, const Node& node) {
    std::vector<ovsdb::Atom> rows;
    for (const auto& [interface, settings] : node.interfaces) {
      const auto row = add("Interface", interface_columns(interface, settings));
      interfaces_[{name, interface}] = row;
      rows.emplace_back(row);
    }
    auto columns = node_columns(name, node);
    columns.emplace_back("interfaces", ovsdb::Datum::set(rows));
    add("Node", columns);
  }
  void add_link(const std::string& name, const Link& link) {
    add("Link", {{"name", name},
                 {"a", interfaces_.at(link.a)},
                 {"b", interfaces_.at(link.b)},
                 {"a_to_b", add("Impairment", impairment_columns(link.a_to_b))},
                 {"b_to_a", add("Impairment", impairment_columns(link.b_to_a))},
                 {"underlay", underlay_column(link.subtract_underlay)},
                 {"wanted", link.up ? "up" : "cut"}});
  }
  void add_segment(const std::string& name, const Segment& segment) {
    std::vector<ovsdb::Atom> rows;
    ovsdb::Datum::Map impairments;
    for (const auto& [member, toward] : segment.members) {
      rows.emplace_back(interfaces_.at(member));
      impairments.emplace(interfaces_.at(member), add("Impairment", impairment_columns(toward)));
    }
    add("Segment", {{"name", name},
                    {"kind", format(segment.kind)},
                    {"interfaces", ovsdb::Datum::set(rows)},
                    {"impairments", ovsdb::Datum::map(impairments)},
                    {"wanted", segment.up ? "up" : "cut"}});
  }

  Json::Value tables_{Json::objectValue};
  std::map<Endpoint, ovsdb::Uuid> interfaces_;
  int count_ = 0;
};

}  // namespace linkfab::fabric
