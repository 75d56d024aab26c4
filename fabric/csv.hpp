// Comma-separated values as RFC 4180 has them, for people: lines that start with '#' and empty ones
// are skipped, spaces around what is not quoted are not part of it, and any line end will do.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace linkfab::fabric {

struct CsvCell {
  std::string text;
  std::size_t offset = 0;  // of its first byte, in the text
};

class CsvReader {
 public:
  // The text outlives it.
  explicit CsvReader(std::string_view text) : text_(text) {}

  // The next row, of one cell at least; nullopt at the end of the text, and where it is wrong.
  [[nodiscard]] std::optional<std::vector<CsvCell>> next();

  struct Fault {
    std::size_t offset = 0;
    std::string cause;
  };
  // Why next() came to an end before the text did.
  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

 private:
  void skip_lines();
  void skip_spaces();
  [[nodiscard]] bool at_line_end() const;
  void skip_line_end();
  [[nodiscard]] bool read_cell(CsvCell& cell);
  [[nodiscard]] bool read_quoted(CsvCell& cell);

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Fault> fault_;
};

}  // namespace linkfab::fabric
