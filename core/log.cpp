#include "core/log.hpp"

#include <cstdlib>
#include <map>
#include <memory>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace linkfab::log {
namespace {

bool journal() {
  static const bool set = std::getenv("JOURNAL_STREAM") != nullptr;
  return set;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>(
        "linkfab", std::make_shared<spdlog::sinks::stderr_color_sink_st>());
    made->set_pattern(journal() ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

void write(spdlog::level::level_enum level, const char* priority, const std::string& line) {
  logger().log(level, "{}{}", journal() ? priority : "", line);
}

std::map<std::string, std::string>& failing() {
  static std::map<std::string, std::string> subjects;
  return subjects;
}

}  // namespace

bool set_level(std::string_view name) {
  if (name != "debug" && name != "info" && name != "warning" && name != "error") return false;
  logger().set_level(spdlog::level::from_str(std::string(name)));
  return true;
}

void debug(const std::string& line) {
  write(spdlog::level::debug, "<7>", line);
}

void info(const std::string& line) {
  write(spdlog::level::info, "<6>", line);
}

void warning(const std::string& line) {
  write(spdlog::level::warn, "<4>", line);
}

void error(const std::string& line) {
  write(spdlog::level::err, "<3>", line);
}

void repeated(const std::string& subject, const std::string& failure) {
  auto& last = failing()[subject];
  if (last == failure) return;
  last = failure;
  warning(subject + ": " + failure);
}

void ended(const std::string& subject) {
  if (failing().erase(subject) > 0) info(subject + ": recovered");
}

}  // namespace linkfab::log
