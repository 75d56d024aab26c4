#include "ubridge/line.hpp"

#include <algorithm>
#include <utility>

namespace linkfab::ubridge {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view word_ends = " \t\"#!";

bool is_comment(char character) {
  return character == '#' || character == '!';
}

std::unexpected<Error> parse_failure(std::string cause) {
  return failure(Errc::invalid, "Parse error", std::move(cause));
}

}  // namespace

Result<Tokens> tokenize(std::string_view line) {
  constexpr std::string_view line_ends("\r\n\0", 3);
  line = line.substr(0, line.find_first_of(line_ends));
  Tokens tokens;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(blanks, at)) != std::string_view::npos) {
    if (is_comment(line[at])) break;
    if (line[at] == '"') {
      const auto close = line.find('"', at + 1);
      if (close == std::string_view::npos) return parse_failure("unexpected end of line");
      if (close > at + 1) tokens.emplace_back(line.substr(at + 1, close - at - 1));
      at = close + 1;
      continue;
    }
    const auto end = std::min(line.find_first_of(word_ends, at), line.size());
    if (end < line.size() && line[end] == '"') return parse_failure("unexpected quote");
    tokens.emplace_back(line.substr(at, end - at));
    at = end;
  }
  return tokens;
}

void LineFramer::append(std::string_view bytes) {
  buffer_.erase(0, taken_);
  searched_ -= taken_;
  taken_ = 0;
  buffer_.append(bytes);
}

std::optional<Result<std::string>> LineFramer::next() {
  while (true) {
    const auto end = buffer_.find('\n', searched_);
    if (end == std::string::npos) {
      const bool too_long = buffer_.size() - taken_ > longest_line;
      searched_ = buffer_.size();
      if (!skipping_ && !too_long) return std::nullopt;
      taken_ = searched_;
      if (std::exchange(skipping_, true)) return std::nullopt;
      return parse_failure("line too long");
    }
    const std::string_view line = std::string_view(buffer_).substr(taken_, end - taken_);
    taken_ = searched_ = end + 1;
    if (std::exchange(skipping_, false)) continue;
    if (line.size() > longest_line) return parse_failure("line too long");
    return std::string(line);
  }
}

}  // namespace linkfab::ubridge
