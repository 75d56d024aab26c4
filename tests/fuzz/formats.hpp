// What holds for every importer: no crash, and what comes out is sound and read back equal.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fabric/topology_file.hpp"
#include "formats/export.hpp"
#include "formats/import.hpp"

namespace linkfab::formats {

// What follows a byte 0xff is the text of any file beside.
inline int fuzz_import(Format format, const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto split = text.find(static_cast<char>(0xff));  // in no UTF-8
  const auto beside = [&](const std::string&) -> std::optional<std::string> {
    if (split == std::string_view::npos) return std::nullopt;
    return std::string{text.substr(split + 1)};
  };
  const auto result = import_topology(format, text.substr(0, split), "/fuzz/lab", beside);
  if (!result) {
    if (result.error().empty()) std::abort();
    return 0;
  }
  const auto again = fabric::parse_topology(write_topology(result->topology), "/fuzz/lab");
  if (!again || *again != result->topology) std::abort();
  for (const auto& entry : result->report)
    if (entry.fate == Fate::refused && (entry.cause.empty() || entry.advice.empty())) std::abort();
  // What an export makes is at least a file of its format.
  const auto exported = export_containerlab(result->topology).text;
  const auto read = import_topology(Format::containerlab, exported, "/fuzz/lab", beside);
  if (!read && !result->topology.nodes.empty() && exported.contains("nodes:\n") &&
      !exported.contains("${") && !exported.contains("{{"))
    std::abort();
  return 0;
}

}  // namespace linkfab::formats
