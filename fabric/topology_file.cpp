#include "fabric/topology_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "fabric/json_text.hpp"
#include "fabric/machine.hpp"
#include "fabric/topology_reading.hpp"

namespace linkfab::fabric {
namespace {

// Turns offsets into positions, in one go: a pass over the text for each would be too slow for
// many.
std::vector<Finding> with_positions(JsonReport report, const std::string& file) {
  std::ranges::sort(report.found, {}, [](const JsonReport::Found& found) {
    return std::tie(found.offset, found.path, found.cause);
  });
  std::vector<Finding> findings;
  Position position{.file = file, .line = 1, .column = 1};
  std::size_t at = 0;
  for (auto& [offset, path, cause] : report.found) {
    for (; at < offset && at < report.text.size(); ++at) {
      const char c = report.text[at];
      if (c == '\n' || (c == '\r' && report.text.substr(at + 1, 1) != "\n")) {
        ++position.line;
        position.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80) {
        ++position.column;  // a byte that starts a character
      }
    }
    findings.push_back(
        {position, std::move(path), {Errc::invalid, "read " + file, std::move(cause)}});
  }
  return findings;
}

void read_document(Reading& reading, const JsonItem& root) {
  std::optional<JsonItem> defaults;
  std::optional<JsonItem> nodes;
  std::optional<JsonItem> links;
  std::optional<JsonItem> segments;
  const auto into = [](std::optional<JsonItem>& place) {
    return [&place](const JsonItem& item) { place = item; };
  };
  const std::array<JsonItem::Field, 5> fields{{
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

std::vector<Finding> file_error(const std::string& path, Error error) {
  return {{{path, 0, 0}, {}, std::move(error)}};
}

}  // namespace

std::string format(const Finding& finding) {
  const auto& [file, line, column] = finding.position;
  if (line == 0) return linkfab::format(finding.error);
  return fmt::format("{}:{}:{}: {}{}{}", file, line, column, finding.path,
                     finding.path.empty() ? "" : ": ", finding.error.cause);
}

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
    return std::unexpected(with_positions(std::move(reading.report), file));
  }
  const JsonItem document{*root, reading.report};
  read_document(reading, document);
  report_check(reading, document);
  if (!reading.report.found.empty())
    return std::unexpected(with_positions(std::move(reading.report), file));
  choose_vpcs_macs(reading.topology);
  return std::move(reading.topology);
}

std::expected<Topology, std::vector<Finding>> read_topology(const std::string& path) {
  std::ifstream stream{path, std::ios::binary};
  if (!stream) return std::unexpected(file_error(path, system_error("open " + path, errno)));
  std::string text;
  std::vector<char> block(std::size_t{1} << 20);
  // One block more than parse_json() takes is enough for it to say so.
  while (text.size() <= longest_json) {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (!stream) break;
  }
  if (stream.bad()) return std::unexpected(file_error(path, system_error("read " + path, errno)));
  return parse_topology(text, path);
}

}  // namespace linkfab::fabric
