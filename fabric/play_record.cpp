#include "fabric/play_record.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>

#include "core/fd.hpp"

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string values_of(const Values& values) {
  if (values.up) return *values.up ? "up" : "cut";
  // A table of a distribution has commas in it.
  const auto text = format(values.settings);
  return text.find(',') == std::string::npos ? text : '"' + text + '"';
}

}  // namespace

Now Now::read() {
  return {.steady = Clock::now(),
          .wall = std::chrono::time_point_cast<nanoseconds>(WallClock::now())};
}

std::string record_file(const std::string& directory, const std::string& name) {
  return fmt::format("{}/{}.csv", directory, name);
}

std::string old_record_file(const std::string& directory, const std::string& name) {
  return fmt::format("{}/{}.old.csv", directory, name);
}

std::string record_line(const Player::Change& change, const Now& now) {
  const auto late = std::max(now.steady - change.due, TimePoint::duration{});
  const auto since = now.wall.time_since_epoch().count();
  constexpr std::int64_t second = 1'000'000'000;
  return fmt::format("{}.{:06},{},{:.6f},{},{},{},{:.1f}\n", since / second, since % second / 1000,
                     change.moment.pass, seconds(change.moment.time), change.link, change.to,
                     values_of(change.values), seconds(late) * 1e6);
}

PlayRecord::PlayRecord(std::string directory, const std::string& name, bool anew)
    : directory_(std::move(directory)),
      file_(record_file(directory_, name)),
      old_(old_record_file(directory_, name)) {
  if (!anew) return;
  std::error_code ignored;
  fs::remove(file_, ignored);
  fs::remove(old_, ignored);
}

Result<void> PlayRecord::add(const std::vector<Player::Change>& changes, const Now& now) {
  std::error_code failed;
  fs::create_directories(directory_, failed);
  if (failed) return failure(Errc::failed, "make directory " + directory_, failed.message());
  const auto size = fs::file_size(file_, failed);
  const bool full = !failed && size >= most_bytes;
  if (full) fs::rename(file_, old_, failed);
  std::string text = failed || full ? record_header : "";
  for (const auto& change : changes) text += record_line(change, now);
  const auto file = open_file(file_, O_WRONLY | O_CREAT | O_APPEND);
  if (!file) return std::unexpected(file.error());
  if (::write(file->get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return std::unexpected(system_error("write " + file_, errno));
  return {};
}

}  // namespace linkfab::fabric
