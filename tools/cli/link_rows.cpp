#include "tools/cli/link_rows.hpp"

#include "fabric/rows.hpp"

namespace linkfab::cli {

using ovsdb::get;
using ovsdb::Row;
using ovsdb::Uuid;

namespace {

FoundEnd link_end(const Row& row, const Uuid& link, const char* end, const char* toward) {
  FoundEnd found;
  found.interface = get(row, end).uuid().value_or(Uuid{});
  found.direction = {"Link", link, toward, std::nullopt, get(row, toward).uuid()};
  return found;
}

}  // namespace

const std::vector<std::string>& link_columns() {
  static const std::vector<std::string> columns{"_uuid", "name",   "host",    "a",
                                                "b",     "a_to_b", "b_to_a",  "wanted",
                                                "state", "error",  "underlay"};
  return columns;
}

const std::vector<std::string>& segment_columns() {
  static const std::vector<std::string> columns{
      "kind", "_uuid", "name", "host", "interfaces", "impairments", "wanted", "state", "error"};
  return columns;
}

Uuid row_id(const Row& row) {
  return get(row, "_uuid").uuid().value_or(Uuid{});
}

FoundLink from_row(const Row& row, bool segment) {
  FoundLink link{.segment = segment,
                 .row = row_id(row),
                 .name = get(row, "name").string(),
                 .host = get(row, "host").string(),
                 .kind = segment ? get(row, "kind").string() : "link",
                 .wanted = get(row, "wanted").string(),
                 .state = get(row, "state").string(),
                 .error = get(row, "error").string(),
                 .ends = {}};
  if (!segment) {
    link.subtract_underlay = fabric::subtracts_underlay(row);
    link.ends.push_back(link_end(row, link.row, "a", "b_to_a"));
    link.ends.push_back(link_end(row, link.row, "b", "a_to_b"));
    return link;
  }
  const auto& impairments = get(row, "impairments").as_map();
  for (const auto& interface : get(row, "interfaces").uuids()) {
    FoundEnd end;
    end.interface = interface;
    end.direction = {"Segment", link.row, "impairments", interface, std::nullopt};
    if (const auto toward = impairments.find(interface); toward != impairments.end())
      end.direction.impairment = ovsdb::Datum(toward->second).uuid();
    link.ends.push_back(std::move(end));
  }
  return link;
}

}  // namespace linkfab::cli
