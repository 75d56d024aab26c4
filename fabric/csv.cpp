#include "fabric/csv.hpp"

namespace linkfab::fabric {

bool CsvReader::at_line_end() const {
  return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
}

void CsvReader::skip_line_end() {
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_;
}

void CsvReader::skip_spaces() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
}

// Comments and empty lines.
void CsvReader::skip_lines() {
  while (at_ < text_.size()) {
    const auto start = at_;
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == '#')
      while (!at_line_end()) ++at_;
    if (!at_line_end()) {
      at_ = start;
      return;
    }
    skip_line_end();
  }
}

std::optional<std::vector<CsvCell>> CsvReader::next() {
  if (fault_) return std::nullopt;
  skip_lines();
  if (at_ >= text_.size()) return std::nullopt;
  std::vector<CsvCell> row;
  for (;;) {
    if (!read_cell(row.emplace_back())) return std::nullopt;
    if (at_line_end()) break;
    ++at_;  // the comma
  }
  skip_line_end();
  return row;
}

bool CsvReader::read_cell(CsvCell& cell) {
  skip_spaces();
  cell.offset = at_;
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted(cell);
  while (!at_line_end() && text_[at_] != ',') ++at_;
  cell.text = text_.substr(cell.offset, at_ - cell.offset);
  cell.text.resize(cell.text.find_last_not_of(" \t") + 1);
  return true;
}

bool CsvReader::read_quoted(CsvCell& cell) {
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] != '"') {
      cell.text += text_[at_];
      continue;
    }
    if (text_.substr(at_ + 1, 1) == "\"") {
      cell.text += text_[at_++];
      continue;
    }
    ++at_;
    skip_spaces();
    if (at_line_end() || text_[at_] == ',') return true;
    fault_ = {at_,
              "after a closing quote only a comma or the end of the line may follow; a quote "
              "within quotes is written twice"};
    return false;
  }
  fault_ = {cell.offset, "the quote is never closed"};
  return false;
}

}  // namespace linkfab::fabric
