// What a command of `linkfab` is: its words for people, its options, and its function.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "fabric/paths.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::cli {

// An option of one command. `argument` is empty for a flag.
struct Option {
  const char* name;      // "json"
  const char* argument;  // "NODE[:IF]"
  const char* text;
  char letter = 0;  // "-b"; 0: it has none
};

// A command as it was called.
struct Invocation {
  fabric::Paths paths;
  std::string remote;                // of the Linkfab database
  ovsdb::StreamMaker tls;            // where that may be an ssl: one
  bool own_database = true;          // the one that this host's agent serves
  std::optional<Error> unusable;     // why that cannot be used, whatever is tried
  std::vector<std::string> words;    // what is no option
  std::vector<std::string> command;  // of `exec`: to be executed
  std::map<std::string, std::string> options;
  std::vector<std::string> arguments;                      // all of it, as it was typed
  std::vector<std::pair<std::string, std::string>> given;  // options, each time

  [[nodiscard]] bool has(const std::string& option) const { return options.contains(option); }
  [[nodiscard]] std::string value(const std::string& option) const;  // empty: not given
  // Of one that may be given more than once.
  [[nodiscard]] std::vector<std::string> values(const std::string& option) const;
  [[nodiscard]] bool json() const { return has("json"); }
};

struct Command {
  const char* name;
  const char* group;     // the heading in `linkfab --help`
  const char* synopsis;  // what follows the name: "LINK [--from NODE] KEY=VALUE..."
  const char* summary;   // one line
  const char* text;      // paragraphs for `--help`
  const char* examples;
  std::vector<Option> options = {};
  std::size_t least_words = 0;
  std::size_t most_words = 0;
  std::string (*more_text)() = nullptr;  // what goes on after `text`
  bool takes_command = false;            // what follows the first word is a command to be executed
  // The exit status. An Error is printed and means 1.
  Result<int> (*run)(const Invocation& invocation) = nullptr;
};

// All of them, in the order of the help.
[[nodiscard]] std::span<const Command* const> commands();

// The command line is wrong: printed with a hint at --help, exit status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Exit statuses.
inline constexpr int success = 0;
inline constexpr int failed = 1;
inline constexpr int wrong_usage = 2;
inline constexpr int interrupted = 130;

}  // namespace linkfab::cli
