// linkfab topo: topologies to begin with.
#include <fmt/format.h>

#include "fabric/standard_topology.hpp"
#include "fabric/topology_file.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/up.hpp"

namespace linkfab::cli {
namespace {

// "tcp:127.0.0.1:6653,tcp:127.0.0.1:6654".
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

Result<int> topo(const Invocation& invocation) {
  if (invocation.has("up") && invocation.has("output"))
    throw UsageError("--up starts the lab, -o writes a file; give one of them");
  fabric::StandardTopology wanted{.shape = invocation.words.front(),
                                  .controllers = split(invocation.value("controller")),
                                  .protocols = split(invocation.value("protocols")),
                                  .impairment = {},
                                  .ipv6 = invocation.has("ipv6")};
  for (std::size_t i = 1; i < invocation.words.size(); ++i) {
    const auto& word = invocation.words[i];
    const auto equals = word.find('=');
    if (equals == std::string::npos)
      throw UsageError(fmt::format("'{}': what links do is written KEY=VALUE", word));
    auto set =
        netem::set_option(wanted.impairment, word.substr(0, equals), word.substr(equals + 1));
    if (!set) return std::unexpected(set.error());
  }
  const auto topology = fabric::standard_topology(wanted);
  if (!topology) return std::unexpected(topology.error());
  if (invocation.has("up"))
    return bring_up(invocation, *topology, "topo " + wanted.shape + " --up");
  auto written = write_output(invocation.value("output"), fabric::write_topology(*topology));
  if (!written) return std::unexpected(written.error());
  return success;
}

}  // namespace

const Command topo_command{
    .name = "topo",
    .group = "Lab",
    .synopsis = "SHAPE [KEY=VALUE...] [--controller TARGET[,TARGET...]] [--ipv6] [--up | -o FILE]",
    .summary = "Write the topology file of one of Mininet's topologies, or start it",
    .text =
        "Hosts on switch nodes, with the addresses 10.0.0.1/8 and on. SHAPE is\n\n"
        "  single,HOSTS                 hosts on one switch, s1\n"
        "  linear,SWITCHES[,HOSTS]      switches in a row, with HOSTS (1) on each\n"
        "  tree,DEPTH[,FANOUT]          DEPTH levels of switches, with FANOUT (2) below each\n"
        "  torus,X,Y                    a grid of switches that is closed in both directions\n"
        "  fat-tree,K                   K pods of edge and aggregation switches, and cores\n\n"
        "KEY=VALUE is an impairment of every link (`linkfab set`). Without --controller the "
        "switches learn, and where\n"
        "there are loops RSTP cuts them. Hosts speak IPv4 only, unless --ipv6 is given: many that "
        "announce themselves at\n"
        "once keep a long row of switches busy for seconds. docs/sdn.md tells what switch nodes "
        "can be told.\n",
    .examples =
        "  linkfab topo tree,2,3 -o lab.json\n"
        "  sudo linkfab topo linear,3 delay=5ms rate=10mbit --up\n"
        "  sudo linkfab topo fat-tree,4 --controller tcp:127.0.0.1:6653 --protocols OpenFlow13 "
        "--up\n",
    .options = {{"controller", "TARGET", "what the switches connect to, as ovs-vsctl(8) writes it"},
                {"protocols", "LIST", "the OpenFlow versions they speak: OpenFlow13"},
                {"ipv6", "", "hosts speak IPv6 too, and have link-local addresses"},
                {"up", "", "start it instead of writing it"},
                {"output", "FILE", "write there", 'o'},
                {"replace", "", "with --up: in the place of a running lab of another name"},
                no_wait_option,
                timeout_option,
                json_option},
    .least_words = 1,
    .most_words = 100,
    .run = topo,
};

}  // namespace linkfab::cli
