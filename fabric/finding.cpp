#include "fabric/finding.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace linkfab::fabric {

std::string format(const Finding& finding) {
  const auto& [file, line, column] = finding.position;
  if (line == 0) return linkfab::format(finding.error);
  return fmt::format("{}:{}:{}: {}{}{}", file, line, column, finding.path,
                     finding.path.empty() ? "" : ": ", finding.error.cause);
}

// In one go: a pass over the text for each would be too slow for many.
std::vector<Finding> locate(JsonReport report, const std::string& file) {
  std::ranges::sort(report.found, {}, [](const JsonReport::Found& found) {
    return std::tie(found.offset, found.path, found.cause);
  });
  std::vector<Finding> findings;
  Position position{.file = file, .line = 1, .column = 1};
  std::size_t at = 0;
  for (auto& [offset, path, cause, key_path] : report.found) {
    for (; at < offset && at < report.text.size(); ++at) {
      const char c = report.text[at];
      if (c == '\n' || (c == '\r' && report.text.substr(at + 1, 1) != "\n")) {
        ++position.line;
        position.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80) {
        ++position.column;  // a byte that starts a character
      }
    }
    findings.push_back({position,
                        std::move(path),
                        {Errc::invalid, "read " + file, std::move(cause)},
                        std::move(key_path)});
  }
  return findings;
}

Result<std::string> read_text(const std::string& path, std::size_t most) {
  std::ifstream stream{path, std::ios::binary};
  if (!stream) return std::unexpected(system_error("open " + path, errno));
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (text.size() <= most) {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (!stream) break;
  }
  if (stream.bad()) return std::unexpected(system_error("read " + path, errno));
  return text;
}

}  // namespace linkfab::fabric
