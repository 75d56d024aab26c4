// What people and programs read: tables, colours, JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"

namespace linkfab::cli {

enum class Colour { none, green, yellow, red, dim };

struct Cell {
  std::string text;
  Colour colour = Colour::none;
  Cell(std::string words, Colour paint = Colour::none) : text(std::move(words)), colour(paint) {}
  Cell(const char* words) : text(words) {}
};

// Columns as wide as their widest cell, two spaces apart; nothing is cut off. Widths are counted in
// characters.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string text(bool coloured) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

// The characters of a UTF-8 text.
[[nodiscard]] std::size_t width(std::string_view text);
[[nodiscard]] std::string paint(const std::string& text, Colour colour, bool coloured);

// Colours are for terminals, and for people who did not ask for none (https://no-color.org).
[[nodiscard]] bool coloured_output();

// The colour of a node's or a link's state.
[[nodiscard]] Colour colour_of_state(std::string_view state);

void print(std::string_view text);          // standard output
void print_json(const Json::Value& value);  // the same, indented, with a newline
// To a regular file, in one step, or to standard output where the path is empty or "-".
[[nodiscard]] Result<void> write_output(const std::string& path, std::string_view text);
void print_error(const Error& error);     // "linkfab: ATTEMPT: CAUSE" on standard error
void print_error(std::string_view line);  // "linkfab: LINE"

}  // namespace linkfab::cli
