#include "tools/cli/output.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <json/writer.h>

#include "core/fd.hpp"

namespace linkfab::cli {
namespace {

const char* escape(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::green:
      return "\033[32m";
    case Colour::yellow:
      return "\033[33m";
    case Colour::red:
      return "\033[31m";
    case Colour::dim:
      return "\033[2m";
  }
  return "";
}

void write(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

}  // namespace

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string paint(const std::string& text, Colour colour, bool coloured) {
  if (!coloured || colour == Colour::none || text.empty()) return text;
  return fmt::format("{}{}\033[0m", escape(colour), text);
}

std::string Table::text(bool coloured) const {
  std::vector<std::size_t> widths;
  for (const auto& name : header_) widths.push_back(width(name));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths.at(i) = std::max(widths.at(i), width(row[i].text));
  std::string text;
  const auto add_row = [&](const std::vector<Cell>& row) {
    std::size_t blanks = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!row[i].text.empty()) {
        text.append(blanks, ' ');
        text += paint(row[i].text, row[i].colour, coloured);
        blanks = 0;
      }
      blanks += widths[i] + 2 - width(row[i].text);
    }
    text += '\n';
  };
  std::vector<Cell> header;
  for (const auto& name : header_) header.emplace_back(name, Colour::dim);
  add_row(header);
  for (const auto& row : rows_) add_row(row);
  return text;
}

bool coloured_output() {
  const char* none = std::getenv("NO_COLOR");
  return (none == nullptr || *none == '\0') && ::isatty(STDOUT_FILENO) != 0;
}

Colour colour_of_state(std::string_view state) {
  if (state == "up" || state == "running" || state == "ok") return Colour::green;
  if (state == "error" || state == "dangling" || state == "missing") return Colour::red;
  return Colour::yellow;
}

void print(std::string_view text) {
  write(stdout, text);
}

void print_json(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "  ";
  builder["emitUTF8"] = true;
  write(stdout, Json::writeString(builder, value) + "\n");
}

Result<void> write_output(const std::string& path, std::string_view text) {
  if (path.empty() || path == "-") {
    print(text);
    return {};
  }
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (exists(status) && !is_regular_file(status))
    return failure(Errc::invalid, "write " + path, "it is no regular file");
  return write_file(path, text);
}

void print_error(const Error& error) {
  print_error(format(error));
}

void print_error(std::string_view line) {
  std::fflush(stdout);
  write(stderr, fmt::format("linkfab: {}\n", line));
}

}  // namespace linkfab::cli
