#include "formats/import.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "formats/importers.hpp"
#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

struct Importer {
  Source (*parse)(std::string_view text);
  void (*read)(const Item& root, Draft& draft, Documents& documents);
};

Importer importer_of(Format format) {
  switch (format) {
    case Format::containerlab:
      return {parse_yaml_source, read_containerlab};
    case Format::kathara:
      return {parse_kathara_source, read_kathara};
    case Format::core:
      return {parse_xml_source, read_core};
    case Format::gns3:
      return {parse_json_source, read_gns3};
    case Format::imunes:
      return {parse_imunes_source, read_imunes};
    case Format::miniedit:
      return {parse_json_source, read_miniedit};
  }
  std::unreachable();
}

// The file's name without what tells its format, as far as a name of a lab may go.
std::string lab_name(const std::string& file) {
  const auto name = std::filesystem::path(file).filename().string();
  return name.substr(0, name.find('.', 1));
}

Problems problem(const std::string& file, const SourceError& error) {
  return {{{file, error.line, error.column}, {}, {Errc::invalid, "read " + file, error.cause}}};
}

}  // namespace

std::span<const std::string_view> format_names() {
  static constexpr std::array<std::string_view, 6> names{"containerlab", "core",    "gns3",
                                                         "imunes",       "kathara", "miniedit"};
  return names;
}

std::string_view name_of(Format format) {
  return format_names()[static_cast<std::size_t>(format)];
}

std::optional<Format> detect(std::string_view text, std::string_view file) {
  const auto named = [&](std::string_view end) { return file.ends_with(end); };
  const auto says = [&](std::string_view word) { return text.contains(word); };
  if (named(".clab.yml") || named(".clab.yaml")) return Format::containerlab;
  if (named(".gns3")) return Format::gns3;
  if (named(".imn")) return Format::imunes;
  if (named("lab.conf")) return Format::kathara;
  if (named(".mn")) return Format::miniedit;
  if (says("<scenario")) return Format::core;
  if (named(".yml") || named(".yaml")) {
    if (says("topology:") && says("nodes:")) return Format::containerlab;
    return std::nullopt;
  }
  if (says("\"topology\"") && says("\"project_id\"")) return Format::gns3;
  if (says("\"controllers\"") && says("\"switches\"")) return Format::miniedit;
  if (says("\"ifaces\"") || says("network-config {")) return Format::imunes;
  return std::nullopt;
}

std::optional<Item> Documents::open(const std::string& name,
                                    Source (*parse)(std::string_view text)) {
  const auto text = beside_(name);
  if (!text) return std::nullopt;
  auto root = parse(*text);
  if (!root) {
    auto found = problem(name, root.error());
    problems_.push_back(std::move(found.front()));
    return std::nullopt;
  }
  auto& document = documents_.emplace_back(name, *std::move(root));
  return Item{document.root, document.name, problems_};
}

void Documents::add_reports(Report& report) const {
  for (const auto& [name, root] : documents_) add_report(root, name, report);
}

Imported import_topology(Format format, std::string_view text, const std::string& file,
                         const ReadBeside& beside) {
  if (text.size() > longest_source)
    return std::unexpected(problem(
        file, {1, 1, fmt::format("it is larger than {} MB, as no lab is", longest_source >> 20U)}));
  const auto [parse, read] = importer_of(format);
  auto root = parse(text);
  if (!root) return std::unexpected(problem(file, root.error()));
  Problems problems;
  Draft draft{lab_name(file), problems};
  Documents documents{beside, problems};
  read(Item{*root, file, problems}, draft, documents);
  Import result;
  auto topology = draft.finish(file);
  if (!topology) {
    std::ranges::sort(problems, {}, [](const fabric::Finding& finding) {
      return std::tuple{finding.position.line, finding.position.column, finding.path};
    });
    return std::unexpected(std::move(problems));
  }
  result.topology = *std::move(topology);
  add_report(*root, file, result.report);
  documents.add_reports(result.report);
  return result;
}

}  // namespace linkfab::formats
