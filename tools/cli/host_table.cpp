#include "tools/cli/host_table.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/hosts.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/placement.hpp"
#include "fabric/underlay.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using fabric::Hosts;
using std::chrono::nanoseconds;

using Count = std::map<std::string, std::size_t>;

// In a lab that is not shared all nodes are on its only host.
Count count_nodes(const ovsdb::Replica& replica, const Hosts& hosts) {
  Count count;
  for (const auto& [uuid, row] : replica.rows("Node")) {
    const auto host = ovsdb::get(row, "host").string();
    if (!host.empty() || hosts.size() != 1)
      ++count[host];
    else
      ++count[hosts.begin()->first];
  }
  return count;
}

std::string own_labels(const fabric::Host& host) {
  auto labels = host.labels;
  labels.erase("host");
  return labels.empty() ? "-" : fabric::labels_text(labels);
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

// What a host that is not heard of has told is of then.
std::string ways_text(const fabric::Host& host) {
  if (!host.answers()) return {};
  std::vector<std::string> parts;
  for (const auto& [name, way] : host.underlay)
    parts.push_back(name + " " + fabric::format_way(way));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The last that any host said in this copy.
std::int64_t last_beat(const Hosts& hosts) {
  std::int64_t last = 0;
  for (const auto& [name, host] : hosts) last = std::max(last, host.beat_ns);
  return last;
}

// To the second, which is more than clocks of several hosts agree on.
std::string time_text(std::int64_t since_epoch) {
  const auto time = std::chrono::floor<std::chrono::seconds>(WallTime(nanoseconds{since_epoch}));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z",
                     fmt::gmtime(static_cast<std::time_t>(time.time_since_epoch().count())));
}

std::string heard_text(std::int64_t beat_ns, WallTime now) {
  return beat_ns == 0 ? "-" : ago_text(now - WallTime(nanoseconds{beat_ns}));
}

// Whose member it is; empty: no host says so.
std::string host_of(const fabric::ClusterMember& member, const Hosts& hosts) {
  for (const auto& [name, host] : hosts) {
    const auto address = host.capabilities.find("cluster_address");
    if (address != host.capabilities.end() && address->second == member.address) return name;
  }
  return {};
}

std::string heard_text(const fabric::ClusterMember& member) {
  if (member.self) return "this member";
  return member.heard ? ago_text(*member.heard) : "not since its start";
}

// In the order of their hosts' names.
std::vector<fabric::ClusterMember> sorted_members(const fabric::ClusterStatus& cluster,
                                                  const Hosts& hosts) {
  auto members = cluster.members;
  std::ranges::sort(members, {}, [&](const fabric::ClusterMember& member) {
    return std::pair(host_of(member, hosts), member.address);
  });
  return members;
}

std::string member_text(const fabric::ClusterStatus& cluster, const Hosts& hosts, bool coloured) {
  Table table({"MEMBER", "ADDRESS", "HEARD"});
  for (const auto& member : sorted_members(cluster, hosts))
    table.add({or_dash(host_of(member, hosts)), member.address, heard_text(member)});
  return table.empty() ? std::string() : table.text(coloured);
}

Json::Value member_json(const fabric::ClusterMember& member, const Hosts& hosts) {
  Json::Value json(Json::objectValue);
  const auto host = host_of(member, hosts);
  json["host"] = host.empty() ? Json::Value() : Json::Value(host);
  json["address"] = member.address;
  json["self"] = member.self;
  json["heard_ago"] = member.heard
                          ? Json::Value(std::chrono::duration<double>(*member.heard).count())
                          : Json::Value();
  return json;
}

Hosts hosts_of(const HostTable& hosts) {
  return hosts.replica == nullptr ? Hosts{} : fabric::hosts(*hosts.replica);
}

}  // namespace

std::string host_text(const HostTable& hosts, bool coloured) {
  const auto all = hosts_of(hosts);
  auto count = hosts.replica == nullptr ? Count{} : count_nodes(*hosts.replica, all);
  const bool heard = hosts.without_majority ||
                     std::ranges::any_of(all, [](const auto& host) { return host.second.silent; });
  std::vector<std::string> header{"HOST", "ADDRESS", "LABELS", "NODES", "VERSION", "STATE"};
  const bool crossed =
      std::ranges::any_of(all, [](const auto& host) { return !host.second.underlay.empty(); });
  if (heard) header.emplace_back("HEARD");
  if (crossed) header.emplace_back("UNDERLAY");
  Table table(std::move(header));
  for (const auto& [name, host] : all) {
    const auto state = fabric::host_state(host);
    std::vector<Cell> row{name,
                          or_dash(host.address),
                          own_labels(host),
                          std::to_string(count[name]),
                          or_dash(host.version),
                          Cell(state, state == "silent" ? Colour::red : colour_of_state(state))};
    if (heard) row.emplace_back(heard_text(host.beat_ns, hosts.now));
    if (crossed) row.emplace_back(ways_text(host));
    table.add(std::move(row));
  }
  std::string text = table.empty() ? std::string() : table.text(coloured);
  if (!hosts.cluster) return text;
  return text + (text.empty() ? "" : "\n") + member_text(*hosts.cluster, all, coloured);
}

Json::Value host_json(const HostTable& hosts) {
  const auto all = hosts_of(hosts);
  auto count = hosts.replica == nullptr ? Count{} : count_nodes(*hosts.replica, all);
  Json::Value json(Json::objectValue);
  json["hosts"] = Json::Value(Json::arrayValue);
  for (const auto& [name, host] : all) {
    auto each = to_json(host);
    each["nodes"] = Json::UInt64{count[name]};
    each["heard"] = host.beat_ns == 0 ? Json::Value() : Json::Value(time_text(host.beat_ns));
    json["hosts"].append(std::move(each));
  }
  json["majority"] = !hosts.without_majority;
  if (!hosts.without_majority) return json;
  const auto last = last_beat(all);
  json["as_of"] = last == 0 ? Json::Value() : Json::Value(time_text(last));
  json["members"] = Json::Value();
  if (!hosts.cluster) return json;
  json["members"] = Json::Value(Json::arrayValue);
  for (const auto& member : sorted_members(*hosts.cluster, all))
    json["members"].append(member_json(member, all));
  return json;
}

std::string lone_notice(const HostTable& hosts) {
  if (hosts.replica == nullptr)
    return "nothing is known of the hosts" +
           (hosts.cluster ? fmt::format("; the member on this one says: {}", hosts.cluster->status)
                          : std::string());
  const auto last = last_beat(hosts_of(hosts));
  return "this is what was last known" +
         (last == 0 ? std::string()
                    : fmt::format(", as of {}, {}", time_text(last), heard_text(last, hosts.now)));
}

std::string ago_text(nanoseconds time) {
  using namespace std::chrono_literals;
  if (time < 1s) return "now";
  if (time < 120s) return fmt::format("{}s ago", time / 1s);
  if (time < 120min) return fmt::format("{}min ago", time / 1min);
  if (time < 48h) return fmt::format("{}h ago", time / 1h);
  return fmt::format("{}d ago", time / 24h);
}

}  // namespace linkfab::cli
