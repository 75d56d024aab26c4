// linkfab trace: what the switches of a lab would do with a packet.
#include <charconv>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "core/fd.hpp"
#include "fabric/names.hpp"
#include "fabric/rows.hpp"
#include "fabric/switch_settings.hpp"
#include "fabric/switch_trace.hpp"
#include "ovsdb/unixctl.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/switch_view.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

// A switch on the packet's way, and the port that it comes by.
struct Hop {
  std::string node;
  std::uint32_t port = 0;
  auto operator<=>(const Hop&) const = default;
};

// A private switch's is called so, the system's after its process (ovs-vswitchd(8)).
Result<std::string> control_socket(const std::string& directory) {
  const auto own = directory + "/ovs-vswitchd.ctl";
  if (std::filesystem::exists(own)) return own;
  const auto pid = read_file(directory + "/ovs-vswitchd.pid");
  if (!pid) return std::unexpected(pid.error());
  return fmt::format("{}/ovs-vswitchd.{}.ctl", directory, std::atoi(pid->c_str()));
}

// ovs-vswitchd's control socket.
class Control {
 public:
  Control(boost::asio::any_io_executor executor, std::string socket)
      : executor_(std::move(executor)), socket_(std::move(socket)) {}
  awaitable<Result<std::string>> ask(std::string command, std::vector<std::string> words) {
    return ovsdb::unixctl(executor_, socket_, std::move(command), std::move(words));
  }

 private:
  boost::asio::any_io_executor executor_;
  std::string socket_;
};

// The packet without its in_port, which is taken apart: "in_port=h1,icmp" is h1's port, and "icmp".
Result<Hop> first_hop(const SwitchLab& lab, const std::string& node, std::string& packet) {
  constexpr std::string_view key = "in_port=";
  const auto found = packet.find(key);
  if (found == std::string::npos || (found != 0 && packet[found - 1] != ','))
    return failure(Errc::invalid, fmt::format("trace '{}'", packet),
                   "it needs an in_port: in_port=h1,icmp,nw_dst=10.0.0.2");
  const auto end = std::min(packet.find(',', found), packet.size());
  const auto text = packet.substr(found + key.size(), end - found - key.size());
  packet.erase(found, std::min(end + 1, packet.size()) - found);
  if (packet.ends_with(',')) packet.pop_back();
  if (const auto number = lab.port_number(node, text)) return Hop{node, *number};
  std::uint32_t number = 0;
  const auto* const last = text.data() + text.size();
  if (const auto [rest, error] = std::from_chars(text.data(), last, number);
      error == std::errc{} && rest == last)
    return Hop{node, number};
  return failure(Errc::not_found, fmt::format("trace from '{}'", text),
                 fmt::format("no port of {} has that number or leads there", node));
}

// Where what leaves by these devices arrives.
std::vector<fabric::Endpoint> arrivals(const SwitchLab& lab, const Hop& hop,
                                       const std::map<std::uint32_t, std::string>& devices,
                                       const std::set<std::uint32_t>& outputs) {
  std::vector<fabric::Endpoint> ends;
  for (const auto& [interface, settings] : lab.topology.nodes.at(hop.node).interfaces) {
    const fabric::Endpoint own{hop.node, interface};
    const auto device = fabric::switch_device(lab.instance, own);
    for (const auto port : outputs) {
      const auto found = devices.find(port);
      if (found == devices.end() || found->second != device) continue;
      const auto other = lab.other_ends.find(own);
      ends.push_back(other == lab.other_ends.end() ? own : other->second);
    }
  }
  return ends;
}

awaitable<Result<int>> follow(Control& control, const SwitchLab& lab, const Hop& start,
                              const std::string& packet) {
  const std::vector<std::string> no_words;
  const auto shown = co_await control.ask("dpif/show", no_words);
  if (!shown) co_return std::unexpected(shown.error());
  const auto devices = fabric::datapath_ports(*shown);
  std::deque<Hop> due{start};
  std::set<Hop> seen;
  while (!due.empty()) {
    const Hop hop = due.front();
    due.pop_front();
    if (!seen.insert(hop).second) {
      print(fmt::format("{}: the packet was here before: a loop\n", hop.node));
      continue;
    }
    const auto name = lab.port_name(hop.node)(openflow::PortNo{hop.port});
    auto flow = fmt::format("in_port={}", hop.port);
    if (!packet.empty()) flow += "," + packet;
    const std::vector<std::string> words{lab.bridge(hop.node), flow};
    const auto traced = co_await control.ask("ofproto/trace", words);
    if (!traced) co_return std::unexpected(traced.error());
    print(fmt::format("== {}, from {}\n{}\n", hop.node, name.empty() ? "?" : name, *traced));
    const auto actions = fabric::traced_actions(*traced);
    const auto ends = arrivals(lab, hop, devices, actions.outputs);
    if (ends.empty()) print(fmt::format("{}: it leaves by no link\n", hop.node));
    for (const auto& end : ends) {
      print(fmt::format("{} -> {}\n", hop.node, format(end)));
      const auto next = lab.topology.nodes.find(end.node);
      if (next->second.kind != fabric::NodeKind::bridge || end.node == hop.node) continue;
      if (auto here = lab.check_local(end.node); !here) {
        print(fmt::format("   {}\n", here.error().cause));
      } else if (actions.changed) {
        print("   changed on the way: trace it from there as it is then\n");
      } else {
        due.push_back({end.node, fabric::port_numbers(next->second).at(end.interface)});
      }
    }
    print("\n");
  }
  co_return success;
}

Result<int> trace(const Invocation& invocation) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::state_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    const auto lab = switch_lab(invocation, client);
    if (!lab) co_return std::unexpected(lab.error());
    const auto& node = invocation.words[0];
    if (const auto found = lab->find(node); !found) co_return std::unexpected(found.error());
    auto packet = invocation.words[1];
    const auto start = first_hop(*lab, node, packet);
    if (!start) co_return std::unexpected(start.error());
    const auto socket = control_socket(lab->directory);
    if (!socket) co_return std::unexpected(socket.error());
    Control control(executor, *socket);
    co_return co_await follow(control, *lab, *start, packet);
  });
}

}  // namespace

const Command trace_command{
    .name = "trace",
    .group = "Switches",
    .synopsis = "NODE PACKET",
    .summary = "Show what switch nodes would do with a packet",
    .text =
        "Asks Open vSwitch (ofproto/trace, ovs-vswitchd(8)) and goes on at the switches that the "
        "packet would reach over\n"
        "links. No packet is sent. PACKET is a flow as ovs-ofctl(8) writes it, with in_port as a "
        "number, or as the node or\n"
        "interface at the other end of the port's link. Needs root.\n",
    .examples =
        "  sudo linkfab trace s1 in_port=h1,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2\n"
        "  sudo linkfab trace s1 in_port=1,dl_dst=ff:ff:ff:ff:ff:ff,arp\n",
    .least_words = 2,
    .most_words = 2,
    .run = trace,
};

}  // namespace linkfab::cli
