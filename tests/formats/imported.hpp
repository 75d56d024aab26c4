// A source as a topology and a report, for tests.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fabric/topology_file.hpp"
#include "formats/import.hpp"

namespace linkfab::formats {

inline std::optional<std::string> nothing_beside(const std::string& /*name*/) {
  return std::nullopt;
}

inline Import imported(Format format, std::string_view text,
                       const ReadBeside& beside = nothing_beside) {
  auto result = import_topology(format, text, "/labs/x.lab", beside);
  if (result) return *std::move(result);
  for (const auto& finding : result.error()) ADD_FAILURE() << fabric::format(finding);
  return {};
}

// What is wrong with it, a line each.
inline std::string problems(Format format, std::string_view text,
                            const ReadBeside& beside = nothing_beside) {
  const auto result = import_topology(format, text, "x", beside);
  if (result) return "";
  std::string lines;
  for (const auto& finding : result.error()) lines += fabric::format(finding) + "\n";
  return lines;
}

// The entry of that path: "refused: CAUSE".
inline std::string fate_of(const Import& import, std::string_view path) {
  for (const auto& entry : import.report)
    if (entry.path == path)
      return std::string{name_of(entry.fate)} + (entry.cause.empty() ? "" : ": " + entry.cause);
  return "no entry";
}

}  // namespace linkfab::formats
