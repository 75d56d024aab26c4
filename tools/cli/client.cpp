#include "tools/cli/client.hpp"

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/units.hpp"
#include "fabric/edit.hpp"
#include "fabric/hosts.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"
#include "ovsdb/remote.hpp"
#include "tools/cli/patience.hpp"
#include "tools/cli/progress_line.hpp"

namespace linkfab::cli {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

// How often to look again, at the agent too, while there is nothing from it.
constexpr milliseconds look_interval{500};
// Of several clients that change something at the same time one is the first, each time.
constexpr int most_attempts = 50;

ovsdb::SessionOptions session_options(const Invocation& invocation, bool any_copy) {
  ovsdb::SessionOptions options;
  options.any_copy = any_copy;
  options.remotes = ovsdb::split_remotes(invocation.remote);
  options.tls = invocation.tls;
  return options;
}

// By the rights of a host's certificate (fabric/database_access.hpp).
std::string why_denied(const ovsdb::Replica& replica) {
  std::vector<std::string> members;
  for (const auto& [name, host] : fabric::hosts(replica))
    if (!fabric::copy_of(host.capabilities, "cluster_address").value_or("").empty())
      members.push_back(name);
  return fmt::format(
      "this host's certificate lets it read the lab and report, not change it; run this on a host "
      "that has the database{}",
      members.empty() ? std::string() : fmt::format(": {}", fmt::join(members, ", ")));
}

// What keeps a host that is behind from following; empty: nothing that it knows of.
std::string held_up(const std::map<std::string, fabric::Host>& hosts, std::int64_t number,
                    std::int64_t fabric::Host::* told) {
  for (const auto& [name, host] : hosts)
    if (host.answers() && host.*told < number && !host.errors.empty())
      return fmt::format("host {}: {}", name, *host.errors.begin());
  return {};
}

milliseconds timeout(const Invocation& invocation) {
  const auto text = invocation.value("timeout");
  if (text.empty()) return 60s;
  const auto parsed = parse_duration(text);
  if (!parsed) throw UsageError(fmt::format("--timeout: {}", format(parsed.error())));
  return std::chrono::ceil<milliseconds>(*parsed);
}

}  // namespace

Client::Client(asio::any_io_executor executor, const Invocation& invocation,
               std::optional<ovsdb::Monitor> monitor, Copy copy)
    : invocation_(invocation),
      changed_(executor),
      session_(executor, session_options(invocation, copy == Copy::any)) {
  if (monitor) session_.monitor(std::move(*monitor));
  session_.on_change([this](const auto&, const auto&, bool) { wake(); });
}

awaitable<Result<void>> Client::connect(milliseconds limit) {
  if (invocation_.unusable) co_return std::unexpected(*invocation_.unusable);
  if (auto running = check_agent(invocation_); !running) co_return std::unexpected(running.error());
  session_.start();
  auto connected = co_await session_.wait_connected(limit);
  if (!connected)
    co_return failure(connected.error().code, "connect to the database " + invocation_.remote,
                      connected.error().cause);
  co_return Result<void>{};
}

const ovsdb::Replica& Client::replica() const {
  return session_.replica(fabric::database);
}

bool Client::has_fabric_row() const {
  return !replica().rows("Fabric").empty();
}

awaitable<Result<ovsdb::Reply>> Client::transact(ovsdb::Transaction transaction) {
  auto reply = co_await session_.transact(std::move(transaction));
  if (!reply && reply.error().code == Errc::denied)
    co_return failure(Errc::denied, "change the lab", why_denied(replica()));
  co_return reply;
}

awaitable<Result<std::vector<std::vector<ovsdb::Row>>>> Client::select(
    ovsdb::Transaction transaction) {
  auto reply = co_await session_.transact(std::move(transaction));
  if (!reply) co_return std::unexpected(reply.error());
  std::vector<std::vector<ovsdb::Row>> selected;
  for (auto& operation : reply->operations) selected.push_back(std::move(operation.rows));
  co_return selected;
}

awaitable<Result<ovsdb::Snapshot>> Client::snapshot(
    std::map<std::string, std::vector<std::string>> tables) {
  return ovsdb::read_snapshot(session_,
                              {.database = fabric::database, .tables = std::move(tables)});
}

awaitable<Result<void>> Client::commit(ovsdb::Transaction change) {
  const auto reply = co_await transact(std::move(change));
  if (!reply) co_return std::unexpected(reply.error());
  const auto number = fabric::change_number(*reply);
  if (!number) co_return std::unexpected(number.error());
  if (invocation_.has("no-wait")) co_return Result<void>{};
  auto done = co_await wait_for_hosts("wait for the change to be in force", *number,
                                      &fabric::Host::cur_cfg);
  if (!done && done.error().code == Errc::timeout)
    done.error().cause += "; the change is written, and is followed later";
  co_return done;
}

awaitable<Result<void>> Client::confirm() {
  if (!fabric::is_shared(replica())) co_return Result<void>{};
  auto nothing = fabric::change_nothing(replica());
  co_return co_await commit(std::move(nothing));
}

awaitable<Result<int>> Client::retry(Attempt attempt) {
  for (int i = 1;; ++i) {
    const auto known = replica().rows("Fabric");
    auto result = co_await attempt(*this);
    if (result || result.error().code != Errc::conflict || i == most_attempts) co_return result;
    if (replica().rows("Fabric") == known) (void)co_await change(100ms);
  }
}

awaitable<Result<void>> Client::refresh_statistics() {
  const auto reply = co_await session_.transact(fabric::ask_statistics());
  if (!reply) co_return std::unexpected(reply.error());
  const auto number = fabric::statistics_number(*reply);
  if (!number) co_return std::unexpected(number.error());
  co_return co_await wait_for_hosts("wait for the statistics", *number, &fabric::Host::cur_stats);
}

awaitable<Result<void>> Client::wait_for_hosts(std::string attempt, std::int64_t number,
                                               std::int64_t fabric::Host::* told) {
  ProgressLine line;
  Patience patience;
  std::string trouble;
  bool all = false;
  const auto begin = std::chrono::steady_clock::now();
  auto waited = co_await wait_until(attempt, [&] {
    const auto hosts = fabric::hosts(replica());
    all = fabric::least(hosts, told) >= number;
    trouble = held_up(hosts, number, told);
    if (all || patience.ends(!trouble.empty())) return true;
    if (!trouble.empty() || std::chrono::steady_clock::now() - begin > 1s)
      line.show("waiting for linkfabd" + (trouble.empty() ? "" : ": " + trouble));
    return false;
  });
  if (waited && !all) co_return failure(Errc::timeout, std::move(attempt), trouble);
  co_return waited;
}

awaitable<bool> Client::change(milliseconds limit) {
  changed_.expires_after(limit);
  boost::system::error_code woken;
  co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  co_return woken == asio::error::operation_aborted;
}

awaitable<Result<void>> Client::wait_until(std::string attempt, std::function<bool()> condition) {
  const auto limit = timeout(invocation_);
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (invocation_.own_database) {
      if (!fabric::agent_alive(invocation_.paths))
        co_return failure(Errc::unreachable, attempt,
                          fmt::format("linkfabd has ended; see {}", invocation_.paths.log_file()));
    } else if (std::chrono::steady_clock::now() >= end) {
      co_return failure(Errc::timeout, attempt,
                        fmt::format("linkfabd has not answered within {}; is it running there?",
                                    format(nanoseconds{limit})));
    }
    const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
    co_await change(invocation_.own_database ? look_interval : std::min(left, look_interval));
  }
  co_return Result<void>{};
}

Error no_agent() {
  return {Errc::unreachable, "linkfabd is not running", "start a lab with `linkfab up FILE`"};
}

Result<void> check_agent(const Invocation& invocation) {
  if (invocation.own_database && !fabric::agent_alive(invocation.paths))
    return std::unexpected(no_agent());
  return {};
}

Result<int> run_task(const Task& task) {
  asio::io_context context{1};
  std::optional<Result<int>> result;
  std::exception_ptr thrown;
  // The command ends when its coroutine does, whatever its session would still do.
  asio::co_spawn(context, task(context.get_executor()),
                 [&](std::exception_ptr error, Result<int> value) {
                   thrown = error;
                   result = std::move(value);
                   context.stop();
                 });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return *result;
}

ovsdb::Monitor fabric_only() {
  return {.database = fabric::database, .tables = {{"Fabric", {}}, {"Host", {}}}};
}

}  // namespace linkfab::cli
