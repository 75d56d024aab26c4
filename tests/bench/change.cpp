// One impairment of a running link changed, as a client of the agent sees it, and what the same
// costs bare.
//
//   bench_change DATABASE_REMOTE LINK COUNT
//
// agent: the row is written and next_cfg raised in one transaction; done when the database tells
// that the agent has acted. bare: one netlink message to a device of our own and one update of a
// row that nobody acts on, both acknowledged. The two alternate COUNT times; printed are "agent
// MICROSECONDS", "bare MICROSECONDS" and the parts of the latter, one a line.
#include <net/if.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "netem/device.hpp"
#include "netem/qdisc.hpp"
#include "netem/socket.hpp"
#include "ovsdb/session.hpp"
#include "tests/bench/task.hpp"

namespace {

using namespace linkfab;
namespace asio = boost::asio;
using asio::awaitable;
using bench::must;
using ovsdb::by_uuid;
using ovsdb::Datum;
using ovsdb::Transaction;
using Clock = std::chrono::steady_clock;

constexpr const char* database = "Linkfab";
constexpr const char* bare_device = "benchchange";

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

class Changes {
 public:
  Changes(asio::io_context& context, const std::string& remote)
      : session_(context.get_executor(), {.remotes = {remote}}),
        changed_(context),
        socket_(must(netem::Socket::route())) {
    session_.monitor(
        {.database = database, .tables = {{"Fabric", {"name"}}, {"Host", {"cur_cfg"}}}});
    session_.on_change(
        [this](const std::string&, const ovsdb::Changes&, bool) { changed_.cancel(); });
  }

  awaitable<void> run(std::string link, int count);

 private:
  awaitable<void> find(std::string link);
  awaitable<void> through_agent(std::int64_t delay_ns);
  awaitable<void> bare(std::int64_t delay_ns);

  ovsdb::Session session_;
  asio::steady_timer changed_;
  netem::Socket socket_;
  netem::IfIndex device_;
  ovsdb::Uuid fabric_;
  ovsdb::Uuid link_;
  ovsdb::Uuid impairment_;
};

awaitable<void> Changes::find(std::string link) {
  session_.start();
  must(co_await session_.wait_connected(std::chrono::seconds{10}));
  fabric_ = session_.replica(database).rows("Fabric").begin()->first;
  Transaction look{database};
  look.select("Link", ovsdb::by_column("name", link), {"_uuid", "a_to_b"});
  const auto reply = must(co_await session_.transact(std::move(look)));
  const auto& row = reply.operations[0].rows.at(0);
  link_ = *ovsdb::get(row, "_uuid").uuid();
  const auto impairment = ovsdb::get(row, "a_to_b").uuid();
  if (!impairment) throw std::runtime_error("link " + link + " needs an impairment to change");
  impairment_ = *impairment;
}

awaitable<void> Changes::through_agent(std::int64_t delay_ns) {
  const auto start = Clock::now();
  Transaction change{database};
  change.update("Impairment", by_uuid(impairment_), {{"delay_ns", delay_ns}});
  change.mutate("Fabric", by_uuid(fabric_), "next_cfg", "+=", 1);
  change.select("Fabric", by_uuid(fabric_), {"next_cfg"});
  const auto reply = must(co_await session_.transact(std::move(change)));
  const auto wanted = ovsdb::get(reply.operations[2].rows.at(0), "next_cfg").integer();
  const auto now = [this] {
    return ovsdb::get(session_.replica(database).rows("Host").begin()->second, "cur_cfg").integer();
  };
  while (now() < wanted) {
    changed_.expires_after(std::chrono::seconds{30});
    boost::system::error_code ignored;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  fmt::print("agent {:.1f}\n", since(start));
}

awaitable<void> Changes::bare(std::int64_t delay_ns) {
  const auto start = Clock::now();
  must(socket_.request(netem::replace_netem(device_, {.delay_ns = delay_ns})));
  const double netlink = since(start);
  Transaction change{database};
  change.mutate("Host", {}, "cur_stats", "+=", 1);
  must(co_await session_.transact(std::move(change)));
  fmt::print("bare {:.1f}\nbare.netlink {:.1f}\n", since(start), netlink);
}

awaitable<void> Changes::run(std::string link, int count) {
  co_await find(std::move(link));
  must(socket_.request(netem::create_veth({.host_name = bare_device, .node_name = "benchpeer"})));
  device_.value = static_cast<int>(::if_nametoindex(bare_device));
  for (int i = 0; i < count; ++i) {
    const std::int64_t delay_ns = 1'000'000 * (1 + i % 50);
    co_await through_agent(delay_ns);
    co_await bare(delay_ns);
  }
  must(socket_.request(netem::delete_device(device_)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_change DATABASE_REMOTE LINK COUNT\n");
    return 2;
  }
  asio::io_context context(1);
  try {
    Changes changes(context, argv[1]);
    bench::run(context, changes.run(argv[2], std::atoi(argv[3])));
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_change: {}\n", error.what());
    return 1;
  }
}
