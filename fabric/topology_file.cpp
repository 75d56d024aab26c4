#include "fabric/topology_file.hpp"

#include <array>
#include <optional>
#include <utility>

#include "fabric/json_text.hpp"
#include "fabric/machine.hpp"
#include "fabric/topology_reading.hpp"

namespace linkfab::fabric {
namespace {

void read_document(Reading& reading, const JsonItem& root) {
  std::optional<JsonItem> defaults;
  std::optional<JsonItem> nodes;
  std::optional<JsonItem> links;
  std::optional<JsonItem> segments;
  const auto into = [](std::optional<JsonItem>& place) {
    return [&place](const JsonItem& item) { place = item; };
  };
  const std::array<JsonItem::Field, 6> fields{{
      schema_field(),
      {"name",
       [&](const JsonItem& item) {
         if (auto name = item.text()) reading.topology.name = *std::move(name);
       }},
      {"defaults", into(defaults)},
      {"nodes", into(nodes)},
      {"links", into(links)},
      {"segments", into(segments)},
  }};
  root.fields(fields);
  // Not in the order of the file: links refer to nodes, and nodes to the defaults.
  read_nodes(reading, defaults ? &*defaults : nullptr, nodes ? &*nodes : nullptr);
  if (links) read_links(reading, *links);
  if (segments) read_segments(reading, *segments);
}

void report_check(Reading& reading, const JsonItem& root) {
  for (const Error& error : check(reading.topology)) {
    if (reading.broken.contains(error.attempt)) continue;
    const auto place = reading.places.find(error.attempt);
    if (place == reading.places.end()) {
      root.report(linkfab::format(error));
    } else {
      place->second.report_at_key(error.cause);
    }
  }
}

}  // namespace

std::expected<Topology, std::vector<Finding>> parse_topology(std::string_view text,
                                                             const std::string& file) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // some editors' byte order mark
  const std::filesystem::path path{file};
  std::error_code ignored;  // of the current directory: a path that stays relative
  Reading reading;
  reading.report.text = text;
  reading.directory = std::filesystem::absolute(path, ignored).parent_path();
  reading.topology.name = path.stem().string();
  const auto root = parse_json(text);
  if (!root) {
    reading.report.found.push_back({root.error().offset, {}, root.error().cause});
    return std::unexpected(locate(std::move(reading.report), file));
  }
  const JsonItem document{*root, reading.report};
  read_document(reading, document);
  report_check(reading, document);
  if (!reading.report.found.empty())
    return std::unexpected(locate(std::move(reading.report), file));
  choose_vpcs_macs(reading.topology);
  return std::move(reading.topology);
}

std::expected<Topology, std::vector<Finding>> read_topology(const std::string& path) {
  const auto text = read_text(path, longest_json);
  if (!text) return std::unexpected(std::vector<Finding>{{{path, 0, 0}, {}, text.error()}});
  return parse_topology(*text, path);
}

}  // namespace linkfab::fabric
