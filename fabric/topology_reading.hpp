// What the parts of the topology file's reader share: fabric/topology_file.cpp calls the last
// three, in this order.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/json_item.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

struct Reading {
  JsonReport report;
  std::filesystem::path directory;  // of the file, absolute
  Topology topology;
  // The objects as check() names them ("node r1"): where they stand, and which of them have a
  // finding already. Those are not checked any further: what check() would say follows from what
  // was left out.
  std::map<std::string, JsonItem> places;
  std::set<std::string> broken;

  // Registers an object and runs its reader.
  template <class Read>
  void object(const std::string& subject, const JsonItem& item, const Read& read) {
    places.emplace(subject, item);
    const auto before = report.found.size();
    read();
    if (report.found.size() != before) broken.insert(subject);
  }
};

void read_interface(const JsonItem& item, Interface& interface);
void read_route(const JsonItem& item, std::vector<Route>& routes);
void read_place(const JsonItem& item, std::map<std::string, std::string>& place);

// A node of kind switch: all that is no key of a node is what its bridge is told.
void read_switch(const JsonItem& item, Node& node,
                 const std::function<void(const JsonItem&)>& read_its_interfaces);

// Each may be null.
void read_nodes(Reading& reading, const JsonItem* defaults, const JsonItem* nodes);

// Also makes the interfaces that only links and segments name.
void read_links(Reading& reading, const JsonItem& links);
void read_segments(Reading& reading, const JsonItem& segments);

}  // namespace linkfab::fabric
