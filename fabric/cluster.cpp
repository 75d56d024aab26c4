#include "fabric/cluster.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <ranges>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/backoff.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/unixctl.hpp"

namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;

constexpr milliseconds ask_interval{50};

std::int64_t integer_of(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The text between two others; empty where they are not there.
std::string_view text_between(std::string_view text, std::string_view before,
                              std::string_view after) {
  const auto begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const auto rest = text.substr(begin + before.size());
  const auto end = rest.find(after);
  return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

// "    06f2 (06f2 at tcp:127.0.0.1:17002) (self) next_index=4 match_index=3 last msg 120 ms ago"
ClusterMember parse_member(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  ClusterMember member{.id = std::string(line.substr(0, line.find(' '))),
                       .address = std::string(text_between(line, " at ", ")")),
                       .self = line.contains(" (self)")};
  if (const auto ago = text_between(line, "last msg ", " ms ago"); !ago.empty())
    member.heard = milliseconds{integer_of(ago)};
  return member;
}

// "06f2 (06f2ef78-dc22-4666-a8fb-f27e48a824c3)": the second.
std::string whole_id(std::string_view value) {
  return std::string(text_between(value, "(", ")"));
}

void set_field(ClusterStatus& status, std::string_view name, std::string_view value) {
  if (name == "Status") status.status = value;
  if (name == "Role") status.role = value;
  if (name == "Term") status.term = integer_of(value);
  if (name == "Address") status.address = value;
  if (name == "Cluster ID") status.cluster_id = whole_id(value);
  if (name == "Server ID") status.server_id = whole_id(value);
  if (name == "Leader" && value != "unknown") status.leader = value;
}

std::string database_control(const Paths& paths) {
  return paths.run_dir + "/db.ctl";
}

awaitable<void> pause_briefly(asio::any_io_executor executor) {
  asio::steady_timer timer(executor, ask_interval);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

awaitable<Result<void>> control(asio::any_io_executor executor, const Paths& paths,
                                std::string name, std::vector<std::string> arguments) {
  const auto done = co_await ovsdb::unixctl(executor, database_control(paths), std::move(name),
                                            std::move(arguments));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

bool is_named(const ClusterMember& member, const std::string& text) {
  return member.id == text || member.address == text;
}

std::string members_text(const ClusterStatus& status) {
  std::string text;
  for (const auto& member : status.members)
    text += (text.empty() ? "" : ", ") + member.id + " at " + member.address;
  return text;
}

}  // namespace

Result<ClusterStatus> parse_cluster_status(std::string_view text) {
  ClusterStatus status;
  bool in_members = false;
  for (const auto part : text | std::views::split('\n')) {
    const std::string_view line(part.begin(), part.end());
    const auto colon = line.find(": ");
    if (line == "Servers:")
      in_members = true;
    else if (in_members && line.starts_with("    "))
      status.members.push_back(parse_member(line));
    else if (!in_members && colon != std::string_view::npos)
      set_field(status, line.substr(0, colon), line.substr(colon + 2));
  }
  if (status.status.empty() || status.server_id.empty())
    return failure(Errc::invalid, "read cluster/status",
                   fmt::format("it does not say what was expected: {}", text.substr(0, 60)));
  if (status.leader == "self") status.leader = status.server_id.substr(0, 4);
  return status;
}

awaitable<Result<ClusterStatus>> cluster_status(asio::any_io_executor executor, Paths paths) {
  std::vector<std::string> arguments{database};
  auto text = co_await ovsdb::unixctl(executor, database_control(paths), "cluster/status",
                                      std::move(arguments));
  if (text) co_return parse_cluster_status(*text);
  // Where no database is clustered there is not even the command.
  const auto& cause = text.error().cause;
  if (cause == "unknown cluster" || cause.contains("not a valid command"))
    co_return failure(Errc::not_found, "look at the cluster of the database",
                      "the database server of this host is no member of one");
  co_return std::unexpected(std::move(text.error()));
}

awaitable<Result<void>> leave_cluster(asio::any_io_executor executor, Paths paths,
                                      milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  const std::string attempt = "leave the cluster of the database";
  const auto before = co_await cluster_status(executor, paths);
  if (!before) co_return std::unexpected(before.error());
  if (before->members.size() < 2)
    co_return failure(Errc::invalid, attempt, "this host has its only member");
  if (before->status != "leaving cluster") {
    std::vector<std::string> arguments{database};
    const auto begun = co_await control(executor, paths, "cluster/leave", std::move(arguments));
    if (!begun) co_return begun;
  }
  for (;;) {
    const auto status = co_await cluster_status(executor, paths);
    if (!status && status.error().code == Errc::not_found) break;
    if (Clock::now() > deadline)
      co_return failure(Errc::timeout, attempt,
                        "the others have not agreed yet; is a majority of them there?");
    co_await pause_briefly(executor);
  }
  std::error_code failed;
  std::filesystem::rename(paths.db_file(), paths.db_file() + ".left", failed);
  if (failed) co_return failure(Errc::failed, "put aside " + paths.db_file(), failed.message());
  co_return Result<void>{};
}

awaitable<Result<void>> kick_member(asio::any_io_executor executor, Paths paths, std::string member,
                                    milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  const std::string attempt = "take " + member + " out of the cluster of the database";
  const auto before = co_await cluster_status(executor, paths);
  if (!before) co_return std::unexpected(before.error());
  const auto named = [&](const ClusterMember& one) { return is_named(one, member); };
  const auto found = std::ranges::find_if(before->members, named);
  if (found == before->members.end())
    co_return failure(Errc::not_found, attempt, "its members are " + members_text(*before));
  if (found->self) co_return failure(Errc::invalid, attempt, "it is this host's own, which leaves");
  std::vector<std::string> arguments{database, found->id};
  const auto begun = co_await control(executor, paths, "cluster/kick", std::move(arguments));
  if (!begun) co_return begun;
  for (;;) {
    const auto status = co_await cluster_status(executor, paths);
    if (status && std::ranges::none_of(status->members, named)) co_return Result<void>{};
    if (Clock::now() > deadline)
      co_return failure(Errc::timeout, attempt, "a majority of the members has not agreed yet");
    co_await pause_briefly(executor);
  }
}

}  // namespace linkfab::fabric
