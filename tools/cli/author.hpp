// Who gave a command, for the history of the lab (fabric/change_log.hpp).
#pragma once

#include <string>
#include <vector>

#include "fabric/change_log.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

// The person behind sudo(8), else the user of this process; now.
[[nodiscard]] fabric::Author author(const Invocation& invocation);

// As one would type it again: "linkfab set 'r1:*' delay=5ms". On one line, of printable characters.
[[nodiscard]] std::string command_line(const std::vector<std::string>& arguments);

// Records what a change does and closes it (fabric/edit.hpp).
void close_recorded(ovsdb::Transaction& change, const Client& client, const Invocation& invocation,
                    const fabric::ChangeWords& words, const fabric::Touched& touched);

}  // namespace linkfab::cli
