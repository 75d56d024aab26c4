// linkfab stats: the counters of each direction, exactly, and their rates.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "fabric/rows.hpp"
#include "fabric/traffic_json.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/read_traffic.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using Seconds = std::chrono::duration<double>;

std::string text_of(const fabric::TrafficCounters::Count& count) {
  return count ? std::to_string(*count) : "-";
}

std::string text_of(const fabric::TrafficRates::Rate& rate) {
  return rate ? fmt::format("{:.1f}", *rate) : "-";
}

// What must not go unseen.
Cell warned(const std::string& text) {
  return {text, text == "0" || text == "0.0" || text == "-" ? Colour::none : Colour::yellow};
}

fabric::TrafficCounters::Count refused(const fabric::TrafficCounters& counters) {
  if (!counters.sent_dropped && !counters.received_dropped) return std::nullopt;
  return counters.sent_dropped.value_or(0) + counters.received_dropped.value_or(0);
}

std::string counter_table(const fabric::Traffic& now) {
  Table table({"LINK", "FROM", "TO", "SENT", "SENT BYTES", "RECEIVED", "RECEIVED BYTES", "LOST",
               "REFUSED", "QUEUED", "QUEUED BYTES", "CARRIER"});
  for (const auto& direction : now.directions) {
    const auto& its = direction.counters;
    table.add({direction.link, direction.from, direction.to, text_of(its.sent_frames),
               text_of(its.sent_bytes), text_of(its.received_frames), text_of(its.received_bytes),
               warned(text_of(its.lost)), warned(text_of(refused(its))), text_of(its.queued_frames),
               text_of(its.queued_bytes), text_of(its.carrier_changes)});
    for (const auto& each : direction.classes)
      table.add({"", "", "[" + each.match + "]", "", "", std::to_string(each.frames),
                 std::to_string(each.bytes), warned(std::to_string(each.dropped)), "", "", "", ""});
  }
  return table.text(coloured_output());
}

std::string rate_table(const fabric::Traffic& now, const std::vector<fabric::TrafficRates>& rates) {
  Table table({"LINK", "FROM", "TO", "SENT/S", "SENT BIT/S", "RECEIVED/S", "RECEIVED BIT/S",
               "LOST/S", "REFUSED/S", "QUEUED", "QUEUED BYTES"});
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto& direction = now.directions[i];
    const auto& its = rates[i];
    table.add({direction.link, direction.from, direction.to, text_of(its.sent_frames),
               text_of(its.sent_bits), text_of(its.received_frames), text_of(its.received_bits),
               warned(text_of(its.lost)), warned(text_of(its.refused)),
               text_of(direction.counters.queued_frames),
               text_of(direction.counters.queued_bytes)});
  }
  return table.text(coloured_output());
}

void show(const Invocation& invocation, const fabric::Traffic& now,
          const std::vector<fabric::TrafficRates>& rates, Seconds elapsed) {
  if (invocation.json())
    print_json(to_json(now, rates, elapsed));
  else if (now.directions.empty())
    fmt::print(stderr, "no links; `linkfab connect A B` makes one\n");
  else
    print(rates.empty() ? counter_table(now) : rate_table(now, rates));
  std::fflush(stdout);
}

awaitable<Result<int>> watch(Client& client, const Invocation& invocation, fabric::Traffic before) {
  const auto interval = interval_of(invocation);
  const auto count = count_of(invocation);
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  auto next = before.time;
  for (std::int64_t shown = 0; count == 0 || shown < count; ++shown) {
    next = std::max(next + interval, std::chrono::steady_clock::now());
    timer.expires_at(next);
    co_await timer.async_wait(boost::asio::use_awaitable);
    auto now = co_await read_traffic(client, invocation.words);
    if (!now) co_return std::unexpected(now.error());
    if (shown > 0 && !invocation.json()) print("\n");
    const Seconds elapsed = now->time - before.time;
    show(invocation, *now, rates(before.directions, now->directions, elapsed), elapsed);
    before = std::move(*now);
  }
  co_return success;
}

Result<int> stats(const Invocation& invocation) {
  (void)interval_of(invocation);  // before anything is asked for
  (void)count_of(invocation);
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::all_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    auto first = co_await read_traffic(client, invocation.words);
    if (!first) co_return std::unexpected(first.error());
    if (invocation.has("interval") || invocation.has("count"))
      co_return co_await watch(client, invocation, std::move(*first));
    show(invocation, *first, {}, {});
    co_return success;
  });
}

}  // namespace

const Command stats_command{
    .name = "stats",
    .group = "Links",
    .synopsis = "[LINK...] [--interval TIME] [--count N] [--json]",
    .summary = "Show what goes along the links, exactly",
    .text =
        "One line a direction: the frames and bytes that one end sent and that reached the other, "
        "those LOST by the\n"
        "impairment between them (with ecn also those it marked, with a limit those that found its "
        "queue full: the kernel\n"
        "counts them together), those REFUSED by a device that is down or has a smaller MTU, what "
        "is in the queue now, and\n"
        "how often the receiver's carrier came or went. A segment has two lines a member, into it "
        "and out of it. Counters\n"
        "start at zero when a node starts.\n\n"
        "With --interval or --count rates a second over each interval instead, until Ctrl-C or "
        "--count. Where `linkfab links`\n"
        "tells how links are, with the one or other rounded number, this is for measuring; "
        "`linkfab top` is for watching.\n",
    .examples =
        "  linkfab stats\n"
        "  linkfab stats r1--r2 --interval 10s --count 6\n"
        "  linkfab stats --json --interval 1s --count 1 | jq '.directions[] | [.from, "
        ".rates.received_bits]'\n",
    .options = {{"interval", "TIME", "show rates over so long, again and again (default: 1s)"},
                count_option,
                timeout_option,
                json_option},
    .most_words = 100000,
    .run = stats,
};

}  // namespace linkfab::cli
