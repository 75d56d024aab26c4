// The daemon's log: one line a state change, to standard error. Under a service manager that adds
// the time itself (JOURNAL_STREAM is set) lines carry a syslog priority prefix, "<6>", in its
// place.
#pragma once

#include <string>
#include <string_view>

namespace linkfab::log {

// One of "debug", "info", "warning", "error". False where the name is none of these.
bool set_level(std::string_view name);

void debug(const std::string& line);
void info(const std::string& line);
void warning(const std::string& line);
void error(const std::string& line);

// For what may fail again and again: a line when it starts to fail, when the reason changes, and
// when it ends, nothing in between.
void repeated(const std::string& subject, const std::string& failure);
void ended(const std::string& subject);

}  // namespace linkfab::log
