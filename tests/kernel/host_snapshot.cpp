#include "tests/kernel/host_snapshot.hpp"

#include <algorithm>
#include <iterator>

#include "tests/kernel/command.hpp"

namespace linkfab::test {
namespace {

using Lines = std::vector<std::string>;

// A system's Open vSwitch, configuration only: statistics and sequence numbers change by
// themselves. Without it, the datapath in the kernel is one more thing to be left as it was.
constexpr const char* switch_state = R"(
  [ -S /run/openvswitch/db.sock ] || exit 0
  export OVS_RUNDIR=/run/openvswitch
  ovs-vsctl --timeout=5 get open . other_config
  ovs-vsctl --timeout=5 -f csv --no-headings --columns=name,ports,fail_mode,other_config,external_ids list bridge
  ovs-vsctl --timeout=5 -f csv --no-headings --columns=_uuid,name,interfaces,qos,external_ids list port
  ovs-vsctl --timeout=5 -f csv --no-headings --columns=_uuid,name,type,ofport,ifindex,external_ids list interface
  ovs-vsctl --timeout=5 -f csv --no-headings --columns=_uuid,type,external_ids list qos
  for bridge in $(ovs-vsctl --timeout=5 list-br); do ovs-ofctl -O OpenFlow14 --no-stats dump-flows $bridge; done
)";

// The engine's own files and processes come and go as it likes.
constexpr const char* files =
    "find /run /var/lib/linkfab /var/log/linkfab /var/lib/openvswitch "
    "\\( -path /run/docker -o -path /run/containerd -o -path /run/udev -o -path /run/systemd \\) "
    "-prune -o -print 2>/dev/null";

constexpr const char* processes =
    "ps -e -o comm= | grep -E '^(linkfab|ovs|containerd-shim|zebra|ospfd)'";

// Every value under /proc/sys/net, without those of single devices, which come and go with them,
// counters and secrets.
constexpr const char* settings =
    "find /proc/sys/net -path '*/conf/*' ! -path '*/conf/all*' ! -path '*/conf/default*' -prune -o "
    "-path '*/neigh/*' ! -path '*/neigh/default*' -prune -o "
    "-type f ! -name '*_count' ! -name '*_key' ! -name stable_secret -print0 | "
    "xargs -0 grep -s -H .";

Lines sorted_output(const std::string& line) {
  Lines lines = lines_of(run(line).out);
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

HostSnapshot HostSnapshot::take() {
  HostSnapshot snapshot;
  const std::map<std::string, std::string> commands{
      {"devices", "ip -d -o link"},
      {"addresses", "ip -o address"},
      {"routes", "ip route show table all; ip -6 route show table all"},
      {"rules", "ip rule; ip -6 rule"},
      {"neighbours", "ip neighbour show nud permanent"},
      {"qdiscs", "tc -d qdisc show; tc filter show dev lo"},
      {"namespaces", "lsns -n -t net -o NS,PATH; ls -l /run/netns 2>/dev/null"},
      {"mounts", "findmnt -n -l -o TARGET,SOURCE,FSTYPE"},
      {"switch", switch_state},
      {"containers",
       "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' 2>/dev/null"},

      {"files", files},
      {"processes", processes},
      {"settings", settings},
  };
  for (const auto& [name, command] : commands) snapshot.parts_[name] = sorted_output(command);
  return snapshot;
}

std::vector<std::string> HostSnapshot::changes(const HostSnapshot& after) const {
  Lines changes;
  for (const auto& [name, before_lines] : parts_) {
    const auto& after_lines = after.parts_.at(name);
    Lines gone;
    Lines come;
    std::ranges::set_difference(before_lines, after_lines, std::back_inserter(gone));
    std::ranges::set_difference(after_lines, before_lines, std::back_inserter(come));
    for (const auto& line : gone) changes.push_back("- " + name + ": " + line);
    for (const auto& line : come) changes.push_back("+ " + name + ": " + line);
  }
  return changes;
}

}  // namespace linkfab::test
