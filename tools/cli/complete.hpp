// What may stand next on a command line, for shells: `linkfab __complete WORD...`, where the last
// word is the one that is being typed, maybe empty.
//
// What is said comes from the tables that the command line itself is read by: commands() with their
// options and synopses, netem::option_names(), netem::presets(). Names of the running lab come from
// its database. Where that cannot be read at once there are none: nothing is started, printed or
// waited for.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/cli/command.hpp"

namespace linkfab::cli {

struct Candidate {
  std::string word;  // whole, in place of the last word
  std::string text;  // what it is, on one line; may be empty
  bool operator==(const Candidate&) const = default;
};

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false;     // names of files, too
  bool programs = false;  // names of programs, too
};

// Names of what runs.
struct LabNames {
  std::vector<std::string> links;  // and segments
  std::vector<std::string> nodes;
  std::vector<std::string> interfaces;  // "r1:eth0"
  std::vector<std::string> scenarios;
  std::vector<std::string> snapshots = {};
  std::vector<std::string> segments = {};
  std::vector<std::string> hosts = {};  // that share the lab
};
using ReadNames = std::function<LabNames(const Invocation&)>;

// `read_names` is called where names are wanted, once at most.
[[nodiscard]] Completion complete(const std::vector<std::string>& words,
                                  const ReadNames& read_names);

// From the database; none where it does not answer within a quarter of a second, or may not be
// read.
[[nodiscard]] LabNames read_lab_names(const Invocation& invocation);

// A line each, "WORD\tTEXT", and last ":files", ":programs" or ":open" where there are files or
// programs, or where no word is complete yet.
[[nodiscard]] std::string lines(const Completion& completion);

}  // namespace linkfab::cli
