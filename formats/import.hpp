// Files of other programs as topologies.
//
// What a file says becomes a fabric::Topology that fabric::check() finds nothing in, and a report
// of what became of each of its elements. Nothing in a file is executed or evaluated. Commands that
// a file has for its nodes are carried as data; of shell lines only those are taken that configure
// addresses, routes and links, and they are read, not run.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fabric/topology.hpp"
#include "formats/element.hpp"
#include "formats/report.hpp"

namespace linkfab::formats {

enum class Format { containerlab, core, gns3, imunes, kathara, miniedit };
[[nodiscard]] std::span<const std::string_view> format_names();  // in that order
[[nodiscard]] std::string_view name_of(Format format);

// By the file's name and what is in it; nullopt: none of them.
[[nodiscard]] std::optional<Format> detect(std::string_view text, std::string_view file);

// The text of a file beside the imported one, by its name without any folder; nullopt: there is
// none.
using ReadBeside = std::function<std::optional<std::string>(const std::string& name)>;

struct Import {
  fabric::Topology topology;
  Report report;
};
using Imported = std::expected<Import, Problems>;

// `file` is what problems are reported for, its directory the one that relative binds start from.
[[nodiscard]] Imported import_topology(Format format, std::string_view text,
                                       const std::string& file, const ReadBeside& beside);

}  // namespace linkfab::formats
