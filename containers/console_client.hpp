// A person, or a pipe, at a console that ConsoleServer serves.
#pragma once

#include <chrono>
#include <string>

#include "core/result.hpp"

namespace linkfab::containers {

// Ctrl-], as telnet(1) and virsh(1) have it.
inline constexpr char console_escape = 0x1d;

// Standard input goes to the console and what comes from there to standard output. On a terminal,
// every key is the console's but the escape, which leaves. From anything else, the input is sent,
// and it is left when nothing has come for `patience` after its end. Also left when the console's
// command ends.
[[nodiscard]] Result<void> attach_console(const std::string& socket,
                                          std::chrono::milliseconds patience);

}  // namespace linkfab::containers
