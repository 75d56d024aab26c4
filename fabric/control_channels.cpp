#include "fabric/control_channels.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored))
    files.push_back(entry.path());
  return files;
}

}  // namespace

ControlChannels::ControlChannels(boost::asio::any_io_executor executor, const Paths& paths,
                                 std::string switch_directory, std::string relay_program)
    : executor_(std::move(executor)),
      run_dir_(paths.run_dir),
      directory_(paths.run_dir + "/control"),
      switch_directory_(std::move(switch_directory)),
      relay_program_(std::move(relay_program)) {}

Result<void> ControlChannels::end(const std::string& process_file) {
  auto& relay = relays_[process_file];
  if (!relay) relay = std::make_unique<Server>(executor_, "control channel", process_file);
  return relay->stop();
}

Result<void> ControlChannels::apply(const std::vector<ControlChannel>& wanted) {
  std::map<std::string, std::vector<std::string>> commands;  // by process file
  for (const auto& channel : wanted) {
    std::vector<std::string> command{
        relay_program_, "--socket",    switch_directory_ + "/" + channel.socket,
        "--netns",      channel.netns, "--controller",
        channel.target};
    const auto config = stable_hash(channel.netns + "\n" + channel.target);
    commands[fmt::format("{}/{}-{:016x}.process", directory_, channel.socket, config)] =
        std::move(command);
  }
  Result<void> result;
  const auto note = [&](const Result<void>& done) {
    if (!done) result = done;
  };
  // First those that may hold a socket which others are to have.
  for (const auto& file : files_in(directory_))
    if (!commands.contains(file)) note(end(file));
  if (commands.empty()) return result;
  std::error_code failed;
  fs::create_directories(directory_, failed);
  if (failed) return failure(Errc::denied, "make directory " + directory_, failed.message());
  for (const auto& [file, command] : commands) {
    auto& relay = relays_[file];
    if (!relay) relay = std::make_unique<Server>(executor_, "control channel", file);
    note(relay->start(command, run_dir_, run_dir_ + "/control.log"));
  }
  return result;
}

}  // namespace linkfab::fabric
