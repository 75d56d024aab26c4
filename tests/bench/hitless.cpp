// A thousand changes of a running link under a numbered stream, through one connection.
//
//   bench_hitless DATABASE_REMOTE LINK FROM_NETNS FROM_IF TO_NETNS TO_IF CHANGES FRAMES_PER_SECOND
//
// Changes delay, rate, limit and loss models without loss, toward the second end, one after the
// other as fast as the agent answers; tests/support/numbered_stream.hpp says what must hold for
// every frame. Prints one JSON object; the status is 1 where something did not hold.
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "ovsdb/session.hpp"
#include "tests/bench/task.hpp"
#include "tests/support/numbered_stream.hpp"

namespace {

using namespace linkfab;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::awaitable;
using bench::must;
using ovsdb::by_uuid;
using ovsdb::Columns;
using ovsdb::Transaction;
using test::LinkState;

constexpr const char* database = "Linkfab";

struct Step {
  Columns columns;
  std::chrono::milliseconds delay;
  bool ordered;
};

// Each begins where the one before ended, the first where the last did.
std::vector<Step> steps() {
  const auto ns = [](std::chrono::milliseconds time) {
    return std::int64_t{time.count()} * 1'000'000;
  };
  const auto delay = [&](std::chrono::milliseconds time) {
    return Columns{{"delay_ns", ns(time)}};
  };
  const std::int64_t rate = 500'000'000;
  const std::int64_t limit = 20'000;
  const std::int64_t none = 0;
  return {{delay(210ms), 210ms, false},
          {{{"loss_correlation", 25.0}}, 210ms, false},
          {delay(10ms), 10ms, false},
          {{{"rate_bps", rate}, {"limit_packets", limit}, {"loss_correlation", 0.0}}, 10ms, true},
          {{{"delay_ns", ns(210ms)}, {"limit_packets", 2 * limit}}, 210ms, true},
          {delay(10ms), 10ms, true},
          {{{"rate_bps", none}, {"limit_packets", ovsdb::Datum{}}}, 10ms, false},
          {delay(410ms), 410ms, false},
          {{{"duplicate_correlation", 25.0}}, 410ms, false},
          {{{"delay_ns", ns(10ms)}, {"duplicate_correlation", 0.0}}, 10ms, false}};
}

class Changes {
 public:
  Changes(asio::io_context& context, const std::string& remote)
      : session_(context.get_executor(), {.remotes = {remote}}), changed_(context) {
    session_.monitor(
        {.database = database, .tables = {{"Fabric", {"name"}}, {"Host", {"cur_cfg"}}}});
    session_.on_change(
        [this](const std::string&, const ovsdb::Changes&, bool) { changed_.cancel(); });
  }

  awaitable<void> find(std::string link);
  awaitable<void> run(std::string link, int count);
  std::vector<LinkState> states;

 private:
  awaitable<void> change(const Columns& columns);

  ovsdb::Session session_;
  asio::steady_timer changed_;
  ovsdb::Uuid fabric_;
  ovsdb::Uuid impairment_;
};

awaitable<void> Changes::find(std::string link) {
  session_.start();
  must(co_await session_.wait_connected(10s));
  fabric_ = session_.replica(database).rows("Fabric").begin()->first;
  Transaction look{database};
  look.select("Link", ovsdb::by_column("name", link), {"a_to_b"});
  const auto reply = must(co_await session_.transact(std::move(look)));
  const auto impairment = ovsdb::get(reply.operations[0].rows.at(0), "a_to_b").uuid();
  if (!impairment) throw std::runtime_error("link " + link + " needs an impairment to change");
  impairment_ = *impairment;
}

awaitable<void> Changes::change(const Columns& columns) {
  Transaction change{database};
  change.update("Impairment", by_uuid(impairment_), columns);
  change.mutate("Fabric", by_uuid(fabric_), "next_cfg", "+=", 1);
  change.select("Fabric", by_uuid(fabric_), {"next_cfg"});
  const auto reply = must(co_await session_.transact(std::move(change)));
  const auto wanted = ovsdb::get(reply.operations[2].rows.at(0), "next_cfg").integer();
  const auto now = [this] {
    return ovsdb::get(session_.replica(database).rows("Host").begin()->second, "cur_cfg").integer();
  };
  while (now() < wanted) {
    changed_.expires_after(30s);
    boost::system::error_code ignored;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

awaitable<void> Changes::run(std::string link, int count) {
  co_await find(std::move(link));
  const auto all = steps();
  states.push_back({.delay = 10ms});
  for (int i = 0; i < count; ++i) {
    const auto& step = all[static_cast<std::size_t>(i) % all.size()];
    const auto asked = test::wall_clock();
    co_await change(step.columns);
    states.push_back({asked, test::wall_clock(), step.delay, step.ordered});
  }
}

int report(const test::StreamReport& seen, std::size_t changes, test::nanoseconds took) {
  const auto us = [](test::nanoseconds time) { return static_cast<double>(time.count()) / 1e3; };
  fmt::print(
      R"({{"changes": {}, "changes_seconds": {:.3f}, "sent": {}, "frames_per_second": {:.0f}, )"
      R"("lost": {}, "doubled": {}, "unshaped": {}, "wrong": {}, "held_up": {}, "median_noise_us": {:.1f}, )"
      R"("most_noise_us": {:.1f}, "first_problem": "{}"}})"
      "\n",
      changes, us(took) / 1e6, seen.sent, static_cast<double>(seen.sent) / seen.seconds, seen.lost,
      seen.doubled, seen.unshaped, seen.wrong, seen.held_up, us(seen.median_noise),
      us(seen.most_noise), seen.first_problem);
  return seen.lost + seen.doubled + seen.unshaped + seen.wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) {
    fmt::print(stderr,
               "usage: bench_hitless DATABASE_REMOTE LINK FROM_NETNS FROM_IF TO_NETNS TO_IF "
               "CHANGES FRAMES_PER_SECOND\n");
    return 2;
  }
  asio::io_context context(1);
  try {
    Changes changes(context, argv[1]);
    test::NumberedStream stream({argv[3], argv[4]}, {argv[5], argv[6]}, std::atof(argv[8]));
    bench::run(context, changes.run(argv[2], std::atoi(argv[7])));
    stream.stop(900ms);
    const auto& states = changes.states;
    return report(test::examine(stream.sent(), stream.arrived(), states, 190ms), states.size() - 1,
                  states.back().done - states.at(1).asked);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_hitless: {}\n", error.what());
    return 1;
  }
}
