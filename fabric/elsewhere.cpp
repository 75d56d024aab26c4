#include "fabric/elsewhere.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "fabric/lookup.hpp"
#include "fabric/names.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::get;
using ovsdb::Uuid;

constexpr std::uint32_t most_vni = (1U << 24U) - 1;  // RFC 7348 §5

std::optional<TunnelKey> key_of(const ovsdb::Row& row) {
  auto joint = get(row, "link").uuid();
  if (!joint) joint = get(row, "segment").uuid();
  if (!joint) return std::nullopt;
  return TunnelKey{*joint, get(row, "away").string()};
}

std::map<std::string, std::string> addresses(const std::map<std::string, Host>& hosts) {
  std::map<std::string, std::string> all;
  for (const auto& [name, host] : hosts) all.emplace(name, host.address);
  return all;
}

// Of tunnels, and of gateways that users have given a number.
std::set<std::uint32_t> used_numbers(const ovsdb::Replica& replica) {
  std::set<std::uint32_t> used;
  for (const auto& [uuid, row] : replica.rows("Tunnel"))
    used.insert(static_cast<std::uint32_t>(get(row, "vni").integer()));
  for (const auto& [uuid, row] : replica.rows("Interface")) {
    if (get(row, "type").string() != "vxlan") continue;
    const auto gateway = parse_gateway("vxlan", get(row, "options").string_map());
    if (gateway) used.insert(std::get<VxlanGateway>(*gateway).vni);
  }
  return used;
}

}  // namespace

Endpoint segment_stand_in(const std::string& host, const std::string& segment) {
  constexpr std::uint64_t bits = (std::uint64_t{1} << 48U) - 1;
  return {"@" + host, fmt::format("s{:012x}", stable_hash(segment) & bits)};
}

Elsewhere::Touched Elsewhere::apply(const ovsdb::Replica& replica, const ovsdb::Changes& changes) {
  Touched touched;
  if (!site_.shared) return touched;
  if (std::ranges::find(changes, "Host", &ovsdb::Change::table) != changes.end()) {
    const auto before = addresses(hosts_);
    hosts_ = fabric::hosts(replica);
    touched.all = addresses(hosts_) != before;
  }
  for (const auto& change : changes) {
    if (change.table != "Tunnel") continue;
    lost_.erase(change.uuid);
    if (const auto former = tunnel_rows_.extract(change.uuid)) {
      touched.joints.insert(former.mapped().joint);
      const auto tunnel = tunnels_.find(former.mapped());
      if (tunnel != tunnels_.end() && tunnel->second.row == change.uuid) tunnels_.erase(tunnel);
    }
    if (change.after.empty()) continue;
    const auto key = key_of(change.after);
    if (!key) {
      if (get(change.after, "host").string() == site_.host) lost_.insert(change.uuid);
      continue;
    }
    tunnel_rows_.emplace(change.uuid, *key);
    tunnels_[*key] = {.row = change.uuid,
                      .vni = static_cast<std::uint32_t>(get(change.after, "vni").integer()),
                      .host = get(change.after, "host").string()};
    touched.joints.insert(key->joint);
  }
  return touched;
}

void Elsewhere::set_node(const std::string& node, const std::string& host) {
  if (is_self(host))
    nodes_.erase(node);
  else
    nodes_[node] = host;
}

void Elsewhere::erase_node(const std::string& node) {
  nodes_.erase(node);
}

const std::string& Elsewhere::host_of(const std::string& node) const {
  const auto* host = lookup(nodes_, node);
  return host == nullptr ? site_.host : *host;
}

void Elsewhere::set_end(const Endpoint& endpoint, RemoteEnd end) {
  ends_.insert_or_assign(endpoint, std::move(end));
}

const RemoteEnd* Elsewhere::end(const Endpoint& endpoint) const {
  return lookup(ends_, endpoint);
}

Result<Interface> Elsewhere::stand_in(const TunnelKey& tunnel, const std::string& host,
                                      const Interface& interface) const {
  const auto attempt = [&] { return "reach host " + (host.empty() ? "(none)" : host); };
  const auto address_of = [this](const std::string& name) {
    const auto* known = lookup(hosts_, name);
    return known == nullptr ? std::string() : known->address;
  };
  if (address_of(host).empty())
    return failure(Errc::not_found, attempt(),
                   host.empty() ? "the node is on no host; `linkfab up` again places it"
                                : "it has no address; start its linkfabd with --address");
  const auto* numbered = lookup(tunnels_, tunnel);
  if (numbered == nullptr)
    return failure(Errc::unreachable, attempt(), "the tunnel has no number yet");
  Interface stand_in = interface;
  stand_in.gateway = VxlanGateway{
      .vni = numbered->vni, .remote = address_of(host), .local = address_of(site_.host)};
  return stand_in;
}

void Elsewhere::unwant(const Uuid& joint) {
  std::erase_if(wanted_, [&](const TunnelKey& tunnel) { return tunnel.joint == joint; });
}

std::set<TunnelKey> Elsewhere::missing() const {
  std::set<TunnelKey> missing;
  for (const auto& key : wanted_)
    if (!tunnels_.contains(key)) missing.insert(key);
  return missing;
}

std::set<Uuid> Elsewhere::surplus() const {
  auto rows = lost_;
  for (const auto& [key, tunnel] : tunnels_)
    if (tunnel.host == site_.host && !wanted_.contains(key)) rows.insert(tunnel.row);
  return rows;
}

ovsdb::Transaction number_tunnels(const ovsdb::Replica& replica, const std::string& host,
                                  const std::set<TunnelKey>& tunnels) {
  ovsdb::Transaction transaction{database};
  auto used = used_numbers(replica);
  for (const auto& key : tunnels) {
    // Apart from where other agents look, so that two seldom want the same.
    auto vni = 1 + static_cast<std::uint32_t>(stable_hash(key.joint.text() + key.away) % most_vni);
    while (!used.insert(vni).second) vni = vni == most_vni ? 1 : vni + 1;
    const bool link = replica.find("Link", key.joint) != nullptr;
    transaction.insert("Tunnel", {{"vni", static_cast<std::int64_t>(vni)},
                                  {link ? "link" : "segment", key.joint},
                                  {"away", key.away},
                                  {"host", host}});
  }
  return transaction;
}

}  // namespace linkfab::fabric
