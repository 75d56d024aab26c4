// linkfab iperf: how much gets from one node to another?
#include <unistd.h>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/rows.hpp"
#include "measure/texts.hpp"
#include "measure/throughput.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/hosts.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/progress_line.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using measure::Throughput;
using namespace std::chrono_literals;

constexpr nanoseconds shortest_time = 100ms;
constexpr nanoseconds longest_time = std::chrono::hours(1);
constexpr BitsPerSecond usual_rate{10'000'000};  // Mininet's iperfudp, too
constexpr std::uint64_t least_rate = 1000;

Result<measure::ThroughputOptions> throughput_options(const Invocation& invocation) {
  measure::ThroughputOptions options{.udp = invocation.has("udp"), .rate = usual_rate};
  if (invocation.has("rate")) {
    if (!options.udp) throw UsageError("--rate is for --udp; TCP finds its own");
    const auto rate = parse_rate(invocation.value("rate"));
    if (!rate) return std::unexpected(rate.error());
    if (rate->value < least_rate)
      return failure(Errc::invalid, "send at " + invocation.value("rate"), "it is at least 1kbit");
    options.rate = *rate;
  }
  if (invocation.has("time")) {
    const auto time = parse_duration(invocation.value("time"));
    if (!time) return std::unexpected(time.error());
    if (*time < shortest_time || *time > longest_time)
      return failure(Errc::invalid, "measure for " + invocation.value("time"),
                     "it is at least 100ms and at most an hour");
    options.time = *time;
  }
  return options;
}

Result<measure::Route> route_between(const measure::Host& from, const measure::Host& to,
                                     std::optional<int> family) {
  const auto address = measure::way_to(from, to, family);
  if (!address)
    return failure(Errc::not_found, "connect " + from.name + " with " + to.name,
                   "they have no address that both could use");
  return measure::Route{.from = from, .to = to, .address = *address};
}

double lost_share(const measure::Datagrams& datagrams) {
  if (datagrams.sent == 0) return 0;
  return 1 - static_cast<double>(datagrams.received) / static_cast<double>(datagrams.sent);
}

double sent_rate(const Throughput& seen) {
  constexpr double bits = 8;
  const auto bytes = seen.datagrams.sent * seen.datagrams.size;
  return bits * static_cast<double>(bytes) / std::chrono::duration<double>(seen.time).count();
}

std::string in_words(const measure::Route& route, const Throughput& seen, bool udp) {
  auto text = fmt::format("{} -> {}: {} received for {}", route.from.name, route.to.name,
                          measure::rate_text(seen.bits_per_second()), format(seen.time));
  if (!udp)
    return text + fmt::format(", {} retransmits, round trip {:.3f} ms\n", seen.retransmits,
                              measure::in_ms(seen.round_trip));
  const auto& datagrams = seen.datagrams;
  text += fmt::format(", {} sent", measure::rate_text(sent_rate(seen)));
  text += fmt::format(", {} lost ({}/{} datagrams of {} bytes)",
                      measure::percent_text(lost_share(datagrams)),
                      datagrams.sent - datagrams.received, datagrams.sent, datagrams.size);
  if (datagrams.doubled > 0) text += fmt::format(", {} came twice", datagrams.doubled);
  if (datagrams.out_of_order > 0) text += fmt::format(", {} out of order", datagrams.out_of_order);
  return text + fmt::format(", jitter {:.3f} ms\n", measure::in_ms(datagrams.jitter));
}

Json::Value to_json(const measure::Route& route, const Throughput& seen, bool udp) {
  Json::Value json(Json::objectValue);
  json["from"] = route.from.name;
  json["to"] = route.to.name;
  json["address"] = netem::format_address(route.address);
  json["protocol"] = udp ? "udp" : "tcp";
  json["seconds"] = std::chrono::duration<double>(seen.time).count();
  json["bytes"] = Json::UInt64{seen.bytes};
  json["bits_per_second"] = seen.bits_per_second();
  if (!udp) {
    json["retransmits"] = Json::UInt64{seen.retransmits};
    json["round_trip_ms"] = measure::in_ms(seen.round_trip);
    return json;
  }
  const auto& datagrams = seen.datagrams;
  json["sent_bits_per_second"] = sent_rate(seen);
  json["datagram_bytes"] = Json::UInt64{datagrams.size};
  json["sent"] = Json::UInt64{datagrams.sent};
  json["received"] = Json::UInt64{datagrams.received};
  json["doubled"] = Json::UInt64{datagrams.doubled};
  json["out_of_order"] = Json::UInt64{datagrams.out_of_order};
  json["lost_percent"] = 100 * lost_share(datagrams);
  json["jitter_ms"] = measure::in_ms(datagrams.jitter);
  return json;
}

Result<std::vector<measure::Host>> read_hosts(const Invocation& invocation) {
  std::vector<measure::Host> hosts;
  const auto done = run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::state_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    const auto lab = seen_from_here(fabric::view(client.replica()), invocation);
    auto found = find_hosts(lab, invocation.words, invocation.paths);
    if (!found) co_return std::unexpected(found.error());
    for (const auto& node : lab.nodes)
      for (const auto& host : *found)
        if (node.name == host.name && host.netns.empty())
          co_return failure(Errc::unsupported, "open a socket in node " + node.name,
                            why_closed(node));
    hosts = std::move(*found);
    co_return success;
  });
  if (!done) return std::unexpected(done.error());
  return hosts;
}

Result<int> iperf(const Invocation& invocation) {
  const auto options = throughput_options(invocation);
  if (!options) return std::unexpected(options.error());
  if (invocation.words[0] == invocation.words[1])
    throw UsageError("the two nodes are one; its loopback is not the lab's");
  if (::geteuid() != 0)
    return failure(Errc::denied, "measure a throughput",
                   "sockets are opened inside nodes, which needs root; try again with sudo");
  const auto hosts = read_hosts(invocation);
  if (!hosts) return std::unexpected(hosts.error());
  const std::optional<int> family =
      invocation.has("ipv6") ? std::optional<int>(AF_INET6) : std::nullopt;
  std::vector<measure::Route> routes;
  for (const bool back : {false, true}) {
    if (back && !invocation.has("both")) break;
    auto route = route_between(hosts->at(back ? 1 : 0), hosts->at(back ? 0 : 1), family);
    if (!route) return std::unexpected(route.error());
    routes.push_back(*std::move(route));
  }
  ProgressLine line;
  const auto results = measure::measure_throughput(routes, *options, [&](nanoseconds passed) {
    line.show(fmt::format("measuring: {:.0f} of {}", std::chrono::duration<double>(passed).count(),
                          format(options->time)));
  });
  line.clear();
  if (!results) return std::unexpected(results.error());
  Json::Value json(Json::objectValue);
  json["streams"] = Json::Value(Json::arrayValue);
  bool silent = false;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    silent = silent || results->at(i).bytes == 0;
    if (invocation.json())
      json["streams"].append(to_json(routes[i], results->at(i), options->udp));
    else
      print(in_words(routes[i], results->at(i), options->udp));
  }
  if (invocation.json()) print_json(json);
  return silent ? failed : success;
}

}  // namespace

const Command iperf_command{
    .name = "iperf",
    .group = "Nodes",
    .synopsis = "NODE NODE [--udp [--rate RATE]] [--time TIME] [--both] [--ipv6] [--json]",
    .summary = "Measure the throughput from one node to another",
    .text =
        "Sends from the first node to the second by TCP, or by UDP at a rate, from sockets in the "
        "nodes: no node needs an\n"
        "iperf program. The figure is what the receiver's application got: data without headers, "
        "each byte once, within\n"
        "the time, TCP's start included. A link's rate counts whole frames, so that 10mbit carry "
        "9.57mbit of TCP's data.\n"
        "\n"
        "Of UDP the datagrams are as large as the interface's MTU allows, and the rate is of their "
        "data; a busy host\n"
        "sends less, which is said. The exit status is 1 where nothing arrived. Needs root.\n",
    .examples =
        "  sudo linkfab iperf h1 h3\n"
        "  sudo linkfab iperf h1 h3 --both --time 10s\n"
        "  sudo linkfab iperf h1 h3 --udp --rate 50mbit --json\n",
    .options = {{"udp", "", "datagrams at a rate, with their losses and jitter"},
                {"rate", "RATE", "of UDP's data (default: 10mbit)"},
                {"time", "TIME", "how long to send (default: 5s)"},
                {"both", "", "both directions at the same time"},
                {"ipv6", "", "by IPv6, also where both have IPv4"},
                json_option},
    .least_words = 2,
    .most_words = 2,
    .run = iperf,
};

}  // namespace linkfab::cli
