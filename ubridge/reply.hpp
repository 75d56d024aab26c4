// What a command answers: lines of information, one last line, and what becomes of the connection.
//
// On the wire each line of information is "101 TEXT", the last "CCC-TEXT", all ended by CR LF. A
// client waits for the dash after a known code and for nothing else, so there is always a last
// line.
#pragma once

#include <string>
#include <vector>

namespace linkfab::ubridge {

enum class Code {
  ok = 100,
  parse_error = 200,
  unknown_module = 201,
  unknown_command = 202,
  bad_count = 203,
  cannot_create = 206,
  cannot_delete = 207,
  cannot_start = 209,
  cannot_stop = 210,
  cannot_rename = 213,
  not_found = 214,
};

enum class After { nothing, close, stop };  // the connection closes; the program ends

struct Reply {
  std::vector<std::string> information = {};
  Code code = Code::ok;
  std::string text = "OK";
  After after = After::nothing;

  bool operator==(const Reply&) const = default;
};

[[nodiscard]] Reply done(std::string text);
[[nodiscard]] Reply refuse(Code code, std::string text);

// The bytes to send.
[[nodiscard]] std::string encode(const Reply& reply);

}  // namespace linkfab::ubridge
