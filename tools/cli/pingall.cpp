// linkfab pingall: does every node reach every other?
#include <algorithm>
#include <unistd.h>

#include <fmt/format.h>

#include "core/descriptor_limit.hpp"
#include "core/units.hpp"
#include "fabric/rows.hpp"
#include "measure/ping_all.hpp"
#include "measure/texts.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/hosts.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/progress_line.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using measure::Pinged;
using namespace std::chrono_literals;

constexpr nanoseconds longest_wait = 1min;
constexpr std::int64_t most_echoes = 1000;

Result<measure::PingOptions> ping_options(const Invocation& invocation) {
  measure::PingOptions options;
  if (invocation.has("count")) {
    const auto count = parse_integer(invocation.value("count"), 1, most_echoes);
    if (!count) return std::unexpected(count.error());
    options.count = static_cast<std::uint32_t>(*count);
  }
  if (invocation.has("wait")) {
    const auto wait = parse_duration(invocation.value("wait"));
    if (!wait) return std::unexpected(wait.error());
    if (*wait <= 0ns || *wait > longest_wait)
      return failure(Errc::invalid, "wait for " + invocation.value("wait"),
                     "it is more than nothing and at most a minute");
    options.wait = *wait;
  }
  if (invocation.has("ipv4") && invocation.has("ipv6"))
    throw UsageError("--ipv4 and --ipv6 exclude each other");
  if (invocation.has("ipv4")) options.family = AF_INET;
  if (invocation.has("ipv6")) options.family = AF_INET6;
  return options;
}

struct Totals {
  std::size_t sent = 0;
  std::size_t received = 0;
  std::vector<nanoseconds> round_trips;  // sorted
};

Totals totals(const std::vector<Pinged>& all) {
  Totals sums;
  for (const auto& pinged : all) {
    sums.sent += pinged.round_trips.size();
    sums.received += pinged.received();
    for (const auto& each : pinged.round_trips)
      if (each) sums.round_trips.push_back(*each);
  }
  std::ranges::sort(sums.round_trips);
  return sums;
}

// As Mininet has it.
void print_pings(const std::vector<measure::Host>& hosts, const std::vector<Pinged>& all) {
  const bool coloured = coloured_output();
  for (auto each = all.begin(); each != all.end();) {
    const auto from = each->from;
    std::string line = hosts[from].name + " ->";
    for (; each != all.end() && each->from == from; ++each)
      line +=
          " " + (each->received() > 0 ? hosts[each->to].name : paint("X", Colour::red, coloured));
    print(line + "\n");
  }
  const auto sums = totals(all);
  const auto lost = sums.sent - sums.received;
  const auto share =
      sums.sent == 0 ? 0 : static_cast<double>(lost) / static_cast<double>(sums.sent);
  print(fmt::format("{} lost ({}/{} received)", measure::percent_text(share), sums.received,
                    sums.sent));
  if (const auto& times = sums.round_trips; !times.empty())
    print(fmt::format(", round trips {:.3f}/{:.3f}/{:.3f} ms (least/median/most)",
                      measure::in_ms(times.front()), measure::in_ms(times[times.size() / 2]),
                      measure::in_ms(times.back())));
  print("\n");
  // The same reason for many is said once.
  std::string said;
  for (const auto& each : all)
    if (!each.error.empty() && each.error != said) {
      said = each.error;
      print_error(fmt::format("{} to {}: {}", hosts[each.from].name, hosts[each.to].name, said));
    }
}

Json::Value to_json(const std::vector<measure::Host>& hosts, const Pinged& pinged) {
  Json::Value json(Json::objectValue);
  json["from"] = hosts[pinged.from].name;
  json["to"] = hosts[pinged.to].name;
  if (pinged.address) json["address"] = netem::format_address(*pinged.address);
  json["sent"] = Json::UInt64{pinged.round_trips.size()};
  json["received"] = Json::UInt64{pinged.received()};
  json["round_trips_ms"] = Json::Value(Json::arrayValue);
  for (const auto& each : pinged.round_trips)
    json["round_trips_ms"].append(each ? Json::Value(measure::in_ms(*each)) : Json::Value());
  if (!pinged.error.empty()) json["error"] = pinged.error;
  return json;
}

void print_pings_as_json(const std::vector<measure::Host>& hosts, const std::vector<Pinged>& all) {
  const auto sums = totals(all);
  Json::Value json(Json::objectValue);
  json["sent"] = Json::UInt64{sums.sent};
  json["received"] = Json::UInt64{sums.received};
  json["pairs"] = Json::Value(Json::arrayValue);
  for (const auto& each : all) json["pairs"].append(to_json(hosts, each));
  print_json(json);
}

Result<int> pingall(const Invocation& invocation) {
  const auto options = ping_options(invocation);
  if (!options) return std::unexpected(options.error());
  if (::geteuid() != 0)
    return failure(Errc::denied, "ping all nodes",
                   "echoes are sent inside nodes, which needs root; try again with sudo");
  raise_descriptor_limit();
  std::vector<measure::Host> hosts;
  const auto found = run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::state_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    const auto lab = seen_from_here(fabric::view(client.replica()), invocation);
    auto lab_hosts = find_hosts(lab, invocation.words, invocation.paths);
    if (!lab_hosts) co_return std::unexpected(lab_hosts.error());
    hosts = std::move(*lab_hosts);
    co_return success;
  });
  if (!found) return found;
  if (hosts.size() < 2)
    return failure(Errc::not_found, "ping all nodes", "fewer than two nodes have an address");
  ProgressLine line;
  const auto all = measure::ping_all(hosts, *options, [&](double done) {
    line.show(fmt::format("pinging {} nodes: {:.0f}%", hosts.size(), 100 * done));
  });
  line.clear();
  if (!all) return std::unexpected(all.error());
  if (invocation.json())
    print_pings_as_json(hosts, *all);
  else
    print_pings(hosts, *all);
  const auto sums = totals(*all);
  return sums.received == sums.sent ? success : failed;
}

}  // namespace

const Command pingall_command{
    .name = "pingall",
    .group = "Nodes",
    .synopsis = "[NODE...] [--count N] [--wait TIME] [--ipv4 | --ipv6] [--json]",
    .summary = "Let every node ping every other",
    .text =
        "Sends ICMP echoes between all nodes that have an address, or between those that are "
        "named, from sockets in the\n"
        "nodes: no node needs a ping program. An X stands for a node that did not answer. The exit "
        "status is 1 where any\n"
        "echo was lost. Each node pings one other at a time, and as many do so at once as get "
        "their "
        "answers in time.\n"
        "\n"
        "Of each node its first address is pinged, by IPv4 where both have it. A machine that "
        "linkfab cannot enter (vpcs,\n"
        "qemu) is only pinged. Needs root. While many are pinged, the host's limits for neighbours "
        "(gc_thresh3) are raised,\n"
        "and put back.\n",
    .examples =
        "  sudo linkfab pingall\n"
        "  sudo linkfab pingall h1 h2 h3 --count 10\n"
        "  sudo linkfab pingall --ipv6 --wait 3s --json\n",
    .options = {{"count", "N", "echoes from each node to each other (default: 1)"},
                {"wait", "TIME", "how long an answer may take (default: 1s)"},
                {"ipv4", "", "by IPv4 only"},
                {"ipv6", "", "by IPv6 only"},
                json_option},
    .most_words = 100000,
    .run = pingall,
};

}  // namespace linkfab::cli
