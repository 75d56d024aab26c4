#include "api/process_usage.hpp"

#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <unistd.h>

namespace linkfab::api {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double seconds(clockid_t clock) {
  timespec now{};
  return ::clock_gettime(clock, &now) == 0
             ? static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9
             : 0;
}

// Field 22 of /proc/self/stat: ticks since the boot. The name, field 2, can hold blanks and
// parentheses.
double started() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  if (!(fields >> ticks)) return 0;
  return seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) +
         ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  rusage resources{};
  if (::getrusage(RUSAGE_SELF, &resources) == 0)
    usage.cpu_seconds = seconds(resources.ru_utime) + seconds(resources.ru_stime);
  static const double start = started();
  usage.start_seconds = start;
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> size >> resident) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    usage.virtual_bytes = size * page;
    usage.resident_bytes = resident * page;
  }
  std::error_code failed;
  const std::filesystem::directory_iterator fds("/proc/self/fd", failed);
  // One of them is the directory that is being read.
  if (!failed) usage.open_fds = static_cast<std::uint64_t>(std::distance(begin(fds), end(fds))) - 1;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.max_fds = limit.rlim_cur;
  return usage;
}

}  // namespace linkfab::api
