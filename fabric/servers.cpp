#include "fabric/servers.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <time.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "containers/process.hpp"
#include "core/log.hpp"
#include "fabric/database_access.hpp"
#include "fabric/database_file.hpp"
#include "fabric/datapath.hpp"
#include "ovsdb/linkfab_schema.hpp"

namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds grace{5000};
constexpr const char* switch_schema = "/usr/share/openvswitch/vswitch.ovsschema";

Result<void> make_directory(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) return failure(Errc::denied, "make directory " + path, failed.message());
  return {};
}

// A directory whose new files are its group's (inode(7)) is how an administrator lets others than
// root use the server in it.
bool gives_its_group(const std::string& directory) {
  struct stat about{};
  return ::stat(directory.c_str(), &about) == 0 && (about.st_mode & S_ISGID) != 0;
}

awaitable<void> sleep_for(asio::any_io_executor executor, milliseconds time) {
  asio::steady_timer timer(executor, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

bool accepts(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  const Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  return fd &&
         ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Server::Server(asio::any_io_executor executor, std::string name, std::string process_file)
    : executor_(std::move(executor)),
      name_(std::move(name)),
      process_file_(std::move(process_file)) {}

std::optional<containers::ProcessId> Server::process() const {
  const auto text = read_file(process_file_);
  return text ? containers::parse_process_id(*text) : std::nullopt;
}

bool Server::running() const {
  const auto known = process();
  return known && containers::alive(*known);
}

bool Server::runs_otherwise(const std::vector<std::string>& command) const {
  const auto known = process();
  if (!known || !containers::alive(*known)) return false;
  std::string words;
  for (const auto& word : command) words += word + '\0';
  const auto running = read_file(fmt::format("/proc/{}/cmdline", known->pid));
  return running && !running->empty() && *running != words;
}

Result<void> Server::start(std::vector<std::string> command, std::string directory,
                           std::string log_file) {
  command_ = std::move(command);
  directory_ = std::move(directory);
  log_file_ = std::move(log_file);
  if (!running())
    if (auto launched = launch(); !launched) return launched;
  if (!std::exchange(watching_, true))
    asio::co_spawn(executor_, [this] { return watch(); }, asio::detached);
  return {};
}

Result<void> Server::launch() {
  const auto process = containers::start_daemon({.command = command_,
                                                 .environment = {{"OVS_RUNDIR", directory_},
                                                                 {"OVS_DBDIR", directory_},
                                                                 {"OVS_LOGDIR", directory_}},
                                                 .group_may_write = gives_its_group(directory_),
                                                 .log_file = log_file_,
                                                 .record_file = process_file_});
  if (!process) {
    Error error = process.error();
    if (error.code == Errc::not_found)
      error.cause += "; is Open vSwitch installed? `apt install openvswitch-switch`";
    return std::unexpected(std::move(error));
  }
  log::info(fmt::format("{}: started, process {}", name_, process->pid));
  return {};
}

awaitable<void> Server::watch() {
  while (watching_) {
    const auto known = process();
    const auto since = std::chrono::steady_clock::now();
    if (known && containers::alive(*known)) {
      auto ended = containers::watch(*known);
      if (ended) {
        asio::posix::stream_descriptor descriptor(executor_, ended->release());
        boost::system::error_code ignored;
        co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                       asio::redirect_error(asio::use_awaitable, ignored));
      } else {
        // A kernel without pidfd_open(2): look from time to time.
        co_await sleep_for(executor_, seconds{1});
      }
      if (watching_ && containers::alive(*known)) continue;
    }
    if (!watching_) co_return;
    // One that cannot live is not started in a hot loop.
    if (std::chrono::steady_clock::now() - since < seconds{1})
      co_await sleep_for(executor_, seconds{1});
    if (!watching_) co_return;
    if (running()) continue;  // started by start() meanwhile
    log::warning(fmt::format("{}: it ended; starting it again", name_));
    if (auto launched = launch(); !launched) log::repeated(name_, format(launched.error()));
  }
}

Result<void> Server::stop() {
  watching_ = false;
  if (const auto known = process())
    if (auto ended = containers::terminate(*known, grace); !ended) return ended;
  std::error_code ignored;
  fs::remove(process_file_, ignored);
  return {};
}

DatabaseServer::DatabaseServer(asio::any_io_executor executor, const Paths& paths, Sharing sharing)
    : executor_(executor),
      paths_(paths),
      sharing_(std::move(sharing)),
      server_(std::move(executor), "database", paths.run_dir + "/db.process") {}

Result<void> DatabaseServer::start() {
  if (auto made = make_directory(paths_.state_dir); !made) return made;
  const auto file = paths_.db_file();
  if (auto made = prepare_database(file, std::string(ovsdb::linkfab_schema()), sharing_); !made)
    return made;
  const auto kind = database_kind(file);
  if (!kind) return std::unexpected(kind.error());
  member_ = *kind == DatabaseKind::member;
  std::vector<std::string> command{"ovsdb-server", "--remote=punix:" + paths_.db_socket(),
                                   "--unixctl=" + paths_.run_dir + "/db.ctl", "-vconsole:warn",
                                   "-vsyslog:off"};
  for (auto& option : server_options(sharing_, member_)) command.push_back(std::move(option));
  command.push_back(file);
  if (server_.runs_otherwise(command)) {
    log::info("database: the server is started again, for what it is told has changed");
    if (auto stopped = server_.stop(); !stopped) return stopped;
  }
  return server_.start(std::move(command), paths_.run_dir, paths_.run_dir + "/db.log");
}

// A server that nobody reaches but by its socket needs no rights.
awaitable<Result<void>> DatabaseServer::grant_access() {
  if (!member_ && !sharing_.listen) co_return Result<void>{};
  co_return co_await fabric::grant_access(executor_, paths_.db_remote(), sharing_.listen);
}

Result<void> DatabaseServer::stop() {
  return server_.stop();
}

PrivateSwitch::PrivateSwitch(asio::any_io_executor executor, const Paths& paths)
    : executor_(executor),
      directory_(paths.ovs_dir()),
      database_(executor, "private ovsdb-server", directory_ + "/ovsdb-server.process"),
      vswitchd_(executor, "private ovs-vswitchd", directory_ + "/ovs-vswitchd.process") {}

awaitable<Result<void>> PrivateSwitch::start() {
  if (auto made = make_directory(directory_); !made) co_return made;
  const auto schema = read_file(switch_schema);
  if (!schema && schema.error().code != Errc::not_found) co_return std::unexpected(schema.error());
  if (!schema)
    co_return failure(Errc::not_found, fmt::format("read {}", switch_schema),
                      "Open vSwitch is not installed; `apt install openvswitch-switch`");
  if (auto made = create_database(directory_ + "/conf.db", *schema); !made) co_return made;
  if (auto started = database_.start({"ovsdb-server", "--remote=punix:" + directory_ + "/db.sock",
                                      "--unixctl=" + directory_ + "/ovsdb-server.ctl",
                                      "-vconsole:warn", "-vsyslog:off", directory_ + "/conf.db"},
                                     directory_, directory_ + "/ovsdb-server.log");
      !started)
    co_return started;
  constexpr seconds safe_uptime{11};
  while (!vswitchd_.running() && uptime() < safe_uptime)
    co_await sleep_for(executor_, milliseconds{100});
  // Refused once, ovs-vswitchd asks again only after a second.
  for (int i = 0; i < 1000 && !vswitchd_.running() && !accepts(directory_ + "/db.sock"); ++i)
    co_await sleep_for(executor_, milliseconds{5});
  co_return vswitchd_.start(
      {"ovs-vswitchd", remote(), "--unixctl=" + directory_ + "/ovs-vswitchd.ctl", "-vconsole:info",
       "-vsyslog:off"},
      directory_, directory_ + "/ovs-vswitchd.log");
}

std::string PrivateSwitch::process() const {
  const auto known = vswitchd_.process();
  return known ? containers::format(*known) : std::string();
}

Result<void> PrivateSwitch::stop() {
  if (auto stopped = vswitchd_.stop(); !stopped) return stopped;
  return database_.stop();
}

}  // namespace linkfab::fabric
