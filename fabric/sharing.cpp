#include "fabric/sharing.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "core/fd.hpp"
#include "fabric/database_file.hpp"
#include "fabric/rows.hpp"
#include "gateway/udp_address.hpp"

namespace linkfab::fabric {
namespace {

using HostPort = gateway::UdpAddress;

std::unexpected<Error> wrong_option(const std::string& option, std::string cause) {
  return failure(Errc::invalid, "--" + option, std::move(cause));
}

// "10.0.0.1", "10.0.0.1:6644", "fd00::1", "[fd00::1]:6644". Names are not looked up: a member's
// address is its identity to the others.
Result<HostPort> parse_address(const std::string& option, const std::string& text, int port) {
  const bool bare_ipv6 = !text.starts_with('[') && std::ranges::count(text, ':') > 1;
  const bool with_port = !bare_ipv6 && text.contains(':') && !text.ends_with(']');
  const auto whole = with_port   ? text
                     : bare_ipv6 ? fmt::format("[{}]:{}", text, port)
                                 : fmt::format("{}:{}", text, port);
  auto parsed = gateway::parse_udp_address(whole);
  if (!parsed)
    return wrong_option(
        option,
        fmt::format("'{}' is no address such as 10.0.0.1, fd00::1 or 10.0.0.1:{}", text, port));
  return parsed;
}

bool has_all(const ovsdb::TlsFiles& tls) {
  return !tls.private_key.empty() && !tls.certificate.empty() && !tls.ca_certificate.empty();
}

bool has_any(const ovsdb::TlsFiles& tls) {
  return !tls.private_key.empty() || !tls.certificate.empty() || !tls.ca_certificate.empty();
}

std::unexpected<Error> needs_certificates(const std::string& option, const std::string& what) {
  return wrong_option(option,
                      what +
                          " is no address of the loopback: beyond that, hosts know each other by "
                          "--private-key, --certificate and --ca-cert");
}

// ovsdb-server runs in the root directory.
Result<ovsdb::TlsFiles> checked(ovsdb::TlsFiles tls) {
  if (has_any(tls) && !has_all(tls))
    return wrong_option("private-key", "--private-key, --certificate and --ca-cert go together");
  for (auto* file : {&tls.private_key, &tls.certificate, &tls.ca_certificate}) {
    if (file->empty()) continue;
    if (auto opened = open_file(*file, O_RDONLY); !opened) return std::unexpected(opened.error());
    *file = std::filesystem::absolute(*file).string();
  }
  return tls;
}

Result<std::string> member_remote(const std::string& option, const std::string& text,
                                  const ovsdb::TlsFiles& tls) {
  const auto address = parse_address(option, text, cluster_port);
  if (!address) return std::unexpected(address.error());
  if (gateway::is_wildcard(*address))
    return wrong_option(option, text + " is no address that other hosts could reach");
  if (!has_all(tls) && !gateway::is_loopback(*address)) return needs_certificates(option, text);
  return (has_all(tls) ? "ssl:" : "tcp:") + format(*address);
}

// "ssl:6640", "ssl:10.0.0.1:6640", "ssl:[fd00::1]:6640", "ssl:", and tcp: on the loopback.
Result<std::string> listen_target(const std::string& text, const ovsdb::TlsFiles& tls) {
  const bool encrypted = text.starts_with("ssl:");
  if (!encrypted && !text.starts_with("tcp:"))
    return wrong_option("listen", fmt::format("'{}' must be ssl:[ADDRESS:]PORT", text));
  const std::string rest = text.substr(4);
  const bool only_port = rest.find_first_not_of("0123456789") == std::string::npos;
  const auto address = parse_address(
      "listen", only_port ? "0.0.0.0:" + (rest.empty() ? std::to_string(listen_port) : rest) : rest,
      listen_port);
  if (!address) return std::unexpected(address.error());
  if (encrypted && !has_all(tls))
    return wrong_option("listen", text + " needs --private-key, --certificate and --ca-cert");
  if (!encrypted && !gateway::is_loopback(*address)) return needs_certificates("listen", text);
  if (only_port) return fmt::format("p{}:{}", text.substr(0, 3), address->port);
  const auto host = format(*address);
  return fmt::format("p{}:{}:{}", text.substr(0, 3), address->port,
                     host.substr(0, host.rfind(':')));
}

Result<void> read_listen(const SharingOptions& options, Sharing& sharing) {
  for (const auto& given : options.listen)
    for (const auto& one : ovsdb::split_remotes(given)) {
      if (!sharing.listen) sharing.listen.emplace();
      if (one == "none") continue;
      auto target = listen_target(one, sharing.tls);
      if (!target) return std::unexpected(target.error());
      sharing.listen->push_back(std::move(*target));
    }
  return {};
}

Result<void> read_cluster(const SharingOptions& options, Sharing& sharing) {
  if (options.cluster.empty()) return {};
  constexpr std::string_view join = "join=";
  if (options.cluster == "create")
    sharing.cluster = Sharing::Cluster::create;
  else if (options.cluster.starts_with(join))
    sharing.cluster = Sharing::Cluster::join;
  else
    return wrong_option("cluster", fmt::format("'{}' is neither 'create' nor 'join=ADDRESS[:PORT]'",
                                               options.cluster));
  const bool own = !options.cluster_address.empty();
  if (!own && options.address.empty())
    return wrong_option("cluster",
                        "it needs --address, at which the other members reach this host");
  auto member = own ? member_remote("cluster-address", options.cluster_address, sharing.tls)
                    : member_remote("address", options.address, sharing.tls);
  if (!member) return std::unexpected(member.error());
  sharing.member_address = std::move(*member);
  if (sharing.cluster == Sharing::Cluster::create) return {};
  for (const auto& one : ovsdb::split_remotes(options.cluster.substr(join.size()))) {
    auto remote = member_remote("cluster", one, sharing.tls);
    if (!remote) return std::unexpected(remote.error());
    if (*remote == sharing.member_address)
      return wrong_option("cluster", one + " is this host; name another that is a member");
    sharing.join.push_back(std::move(*remote));
  }
  return {};
}

// Every member listens alike, for the database is one: an address of one host is none of another.
Result<void> check_listen_of_member(const Sharing& sharing) {
  for (const auto& target : sharing.listen.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(target, ':') == 1) continue;
    const auto address = target.substr(target.find(':', target.find(':') + 1) + 1);
    const auto parsed = parse_address("listen", address, listen_port);
    if (parsed && (gateway::is_loopback(*parsed) || gateway::is_wildcard(*parsed))) continue;
    return wrong_option("listen",
                        "the members of a cluster all listen alike: leave out " + address);
  }
  return {};
}

std::string advice(const std::string& file, const Sharing& sharing) {
  if (sharing.cluster == Sharing::Cluster::join)
    return "it holds a lab of its own, which a cluster that has one cannot take: end that by "
           "`linkfab down` and delete the file";
  return fmt::format(
      "it is a database of its own: leave out --cluster, or delete it, or make a member of it with "
      "`ovsdb-tool create-cluster NEW {} {}` and put NEW in its place",
      file, sharing.member_address);
}

}  // namespace

Result<Sharing> parse_sharing(const SharingOptions& options) {
  Sharing sharing;
  auto tls = checked(options.tls);
  if (!tls) return std::unexpected(tls.error());
  sharing.tls = std::move(*tls);
  if (!options.address.empty()) {
    const auto address = gateway::parse_udp_address(
        options.address.contains(':') ? "[" + options.address + "]:1" : options.address + ":1");
    if (!address || gateway::is_wildcard(*address))
      return wrong_option("address", "'" + options.address + "' is no address of one host");
  }
  if (auto read = read_listen(options, sharing); !read) return std::unexpected(read.error());
  if (auto read = read_cluster(options, sharing); !read) return std::unexpected(read.error());
  return sharing;
}

Result<void> prepare_database(const std::string& file, const std::string& schema,
                              const Sharing& sharing) {
  const auto kind = database_kind(file);
  if (!kind) return std::unexpected(kind.error());
  using Cluster = Sharing::Cluster;
  if (*kind == DatabaseKind::left)
    return failure(Errc::conflict, "use " + file,
                   "this member has left its cluster: delete the file, and start with --cluster "
                   "join=ADDRESS to join again");
  if (*kind == DatabaseKind::standalone && sharing.cluster != Cluster::as_it_is)
    return failure(Errc::conflict, "use " + file + " in a cluster", advice(file, sharing));
  const bool member = *kind == DatabaseKind::member ||
                      (*kind == DatabaseKind::none && sharing.cluster != Cluster::as_it_is);
  if (member)
    if (auto checked = check_listen_of_member(sharing); !checked) return checked;
  if (*kind == DatabaseKind::member) {
    const auto address = member_address(file);
    if (!address) return std::unexpected(address.error());
    if (address->starts_with("ssl:") && !has_all(sharing.tls))
      return wrong_option("private-key", "the member of a cluster in " + file +
                                             " needs --private-key, --certificate and --ca-cert");
    return {};
  }
  if (sharing.cluster == Cluster::create)
    return create_cluster(file, schema, sharing.member_address);
  if (sharing.cluster == Cluster::join)
    return join_cluster(file, database, sharing.member_address, sharing.join);
  return create_database(file, schema);
}

std::vector<std::string> server_options(const Sharing& sharing, bool member) {
  std::vector<std::string> options;
  const bool listens = sharing.listen && !sharing.listen->empty();
  // Rows, because the rights of whoever connects stand beside them; with targets on the command
  // line, or in a column of strings, everything would be allowed.
  if (member || listens)
    options.push_back(fmt::format("--remote=db:{},Fabric,connections", database));
  if (has_all(sharing.tls))
    options.insert(options.end(), {"--private-key=" + sharing.tls.private_key,
                                   "--certificate=" + sharing.tls.certificate,
                                   "--ca-cert=" + sharing.tls.ca_certificate});
  return options;
}

bool is_shared(const Paths& paths, const std::string& db, const Sharing& sharing) {
  if (!db.empty() || sharing.cluster != Sharing::Cluster::as_it_is) return true;
  if (sharing.listen && !sharing.listen->empty()) return true;
  const auto kind = database_kind(paths.db_file());
  return kind && *kind == DatabaseKind::member;
}

ovsdb::SessionOptions session_options(const std::string& remotes, const ovsdb::TlsFiles& tls) {
  return {.remotes = ovsdb::split_remotes(remotes), .tls = ovsdb::tls_streams(tls)};
}

}  // namespace linkfab::fabric
