#include "tools/cli/author.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "fabric/edit.hpp"
#include "fabric/json_text.hpp"

namespace linkfab::cli {
namespace {

// Only root can say in whose place it acts.
std::optional<std::uint32_t> behind_sudo() {
  const char* text = std::getenv("SUDO_UID");
  if (::geteuid() != 0 || text == nullptr) return std::nullopt;
  const std::string_view digits{text};
  std::uint32_t uid = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), uid);
  return error == std::errc{} && end == digits.end() ? std::optional(uid) : std::nullopt;
}

bool is_plain(char c) {
  constexpr std::string_view others = "_-+=./:,@%^";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         others.find(c) != std::string_view::npos;
}

std::string quoted(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

std::string printable(std::string text) {
  for (auto bad = fabric::find_invalid_utf8(text); bad != std::string::npos;
       bad = fabric::find_invalid_utf8(text))
    text[bad] = '?';
  for (char& c : text)
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0) c = ' ';
  return text;
}

}  // namespace

fabric::Author author(const Invocation& invocation) {
  const auto uid = behind_sudo().value_or(::getuid());
  return {.user = printable(fabric::user_name(uid)),
          .uid = uid,
          .how = command_line(invocation.arguments),
          .time = std::chrono::system_clock::now()};
}

std::string command_line(const std::vector<std::string>& arguments) {
  std::string line = "linkfab";
  for (const auto& argument : arguments) line += " " + quoted(argument);
  return printable(std::move(line));
}

void close_recorded(ovsdb::Transaction& change, const Client& client, const Invocation& invocation,
                    const fabric::ChangeWords& words, const fabric::Touched& touched) {
  record(change, client.replica(), author(invocation), words, touched);
  fabric::close_change(change, client.has_fabric_row());
}

}  // namespace linkfab::cli
