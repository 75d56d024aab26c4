// linkfab connect and disconnect: cables plugged in and taken away.
#include <sstream>

#include <fmt/format.h>

#include "fabric/host_columns.hpp"
#include "fabric/needed_by.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/change_link.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/member.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/set.hpp"
#include "tools/cli/socket.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::Endpoint;
using ovsdb::Transaction;

// A host node that is not there yet is made with its first gateway.
awaitable<Result<Socket>> find_gateway_socket(Client& client, Endpoint endpoint,
                                              fabric::Gateway gateway) {
  auto found = co_await find_socket(client, endpoint);
  if (!found && found.error().code != Errc::not_found) co_return found;
  Socket socket;
  if (found) {
    socket = std::move(*found);
  } else {
    if (auto good = fabric::check_node_name(endpoint.node); !good)
      co_return std::unexpected(good.error());
    socket.endpoint = endpoint;
    socket.new_node = true;
  }
  if (socket.interface)
    co_return failure(Errc::exists, "make gateway " + format(endpoint),
                      "there is an interface of that name; choose another");
  socket.gateway = std::move(gateway);
  co_return socket;
}

// "udp,local=127.0.0.1:20000,remote=127.0.0.1:20001"
Result<fabric::Gateway> gateway_word(const std::string& word) {
  std::istringstream parts(word);
  std::string type;
  std::string part;
  std::getline(parts, type, ',');
  fabric::GatewayOptions options;
  while (std::getline(parts, part, ',')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos)
      return failure(Errc::invalid, fmt::format("read gateway '{}'", word),
                     fmt::format("'{}' is no KEY=VALUE; write for example tap,device=tap0", part));
    options[part.substr(0, equals)] = part.substr(equals + 1);
  }
  return fabric::parse_gateway(type, options);
}

awaitable<Result<int>> connect(Client& client, const Invocation& invocation, Endpoint a, Endpoint b,
                               netem::Impairment impairment,
                               std::optional<fabric::Gateway> gateway) {
  const bool subtract = subtracts_underlay(invocation).value_or(false);
  // The guard is taken before the look.
  auto change = guarded(client);
  const auto from = co_await find_socket(client, a);
  if (!from) co_return std::unexpected(from.error());
  Result<Socket> to;
  if (gateway)
    to = co_await find_gateway_socket(client, b, std::move(*gateway));
  else
    to = co_await find_socket(client, b);
  if (!to) co_return std::unexpected(to.error());
  for (const Socket* socket : {&from.value(), static_cast<const Socket*>(&to.value())})
    if (auto free = check_free(*socket); !free) co_return std::unexpected(free.error());
  if (to->new_node) to->host = from->host;
  FoundLink link;
  link.name = invocation.has("name") ? invocation.value("name") : fabric::link_name(a, b);
  ovsdb::Columns columns{{"name", link.name}, {"wanted", "up"}};
  columns.emplace_back("underlay", fabric::underlay_column(subtract));
  const auto hosts = fabric::host_names({from->host, to->host});
  columns.emplace_back("a", interface_row(change, *from, hosts));
  columns.emplace_back("b", interface_row(change, *to, hosts));
  fabric::put_host(columns, from->host);
  fabric::put_needed_by(columns, hosts);
  auto undergone = fabric::impairment_columns(impairment);
  fabric::put_needed_by(undergone, hosts);
  if (impairment != netem::Impairment{})
    for (const char* direction : {"a_to_b", "b_to_a"})
      columns.emplace_back(direction, change.insert("Impairment", undergone));
  change.insert("Link", columns);
  change.comment("linkfab: connect " + link.name);
  fabric::Touched touched;
  touch(touched, *from);
  touch(touched, *to);
  touched.after.links[link.name] = {.a = a,
                                    .b = b,
                                    .a_to_b = impairment,
                                    .b_to_a = impairment,
                                    .up = true,
                                    .subtract_underlay = subtract};
  close_recorded(change, client, invocation, {.verb = "connect", .about = link.name}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await report_link(client, invocation, std::move(link));
}

Result<int> run_connect(const Invocation& invocation) {
  const auto a = fabric::parse_endpoint(invocation.words[0]);
  if (!a) return std::unexpected(a.error());
  const auto settings = parse_settings({invocation.words.begin() + 2, invocation.words.end()});
  if (!settings) return std::unexpected(settings.error());
  const auto impairment = apply_settings({}, *settings);
  if (!impairment) return std::unexpected(impairment.error());
  const auto& other = invocation.words[1];
  if (other.find(':') == std::string::npos) {
    for (const char* of_link : {"name", "gateway", "underlay"})
      if (invocation.has(of_link))
        throw UsageError(
            fmt::format("--{} is of a link, whose other end is written NODE:INTERFACE", of_link));
    return run_change(invocation, [&](Client& client) {
      return join_segment(client, invocation, *a, other, *impairment);
    });
  }
  const auto b = fabric::parse_endpoint(other);
  if (!b) return std::unexpected(b.error());
  if (*a == *b)
    return failure(Errc::invalid, "connect " + format(*a), "both ends are the same interface");
  if (invocation.has("name"))
    if (auto good = fabric::check_link_name(invocation.value("name")); !good)
      return std::unexpected(good.error());
  std::optional<fabric::Gateway> gateway;
  if (invocation.has("gateway")) {
    auto read = gateway_word(invocation.value("gateway"));
    if (!read) return std::unexpected(read.error());
    gateway = std::move(*read);
  }
  return run_change(invocation, [&](Client& client) {
    return connect(client, invocation, *a, *b, *impairment, gateway);
  });
}

Result<int> disconnect(const Invocation& invocation) {
  return run_change(invocation, [&](Client& client) -> awaitable<Result<int>> {
    const auto link = co_await find_link(client, invocation.words.front());
    if (!link) co_return std::unexpected(link.error());
    if (link->segment) co_return co_await leave_segment(client, invocation, *link);
    Transaction change{fabric::database};
    change.require_exists("Link", ovsdb::by_uuid(link->row));
    change.erase("Link", ovsdb::by_uuid(link->row));
    change.comment("linkfab: disconnect " + link->name);
    fabric::Touched touched;
    touched.before.links[link->name] = link_of(*link);
    close_recorded(change, client, invocation, {.verb = "disconnect"}, touched);
    auto done = co_await client.commit(std::move(change));
    if (!done) co_return std::unexpected(done.error());
    if (invocation.json()) {
      Json::Value json(Json::objectValue);
      json["removed"] = link->name;
      print_json(json);
    } else {
      print(fmt::format("removed link {}; its interfaces stay\n", link->name));
    }
    co_return success;
  });
}

}  // namespace

const Command connect_command{
    .name = "connect",
    .group = "Links",
    .synopsis =
        "A B|SEGMENT [KEY=VALUE...] [--name NAME] [--gateway GATEWAY] [--underlay add|subtract]",
    .summary = "Join two interfaces with a new link, or one to a segment",
    .text =
        "A and B are written NODE:INTERFACE. An interface that the node does not have yet is made. "
        "The options are\n"
        "those of `linkfab set` and hold for both directions. The link is called A--B unless it is "
        "given a name.\n"
        "\n"
        "With the name of a segment, A becomes a member of it; the options are of frames toward "
        "A.\n"
        "\n"
        "With --gateway, B is made a gateway out of the lab; a node of kind host is made where "
        "there is none. The types are\n"
        "udp (local, remote), vxlan (vni, remote, local, port), nic (device, vlan, force), tap "
        "(device) and bridge (device).\n",
    .examples =
        "  linkfab connect r1:eth2 r3:eth0\n"
        "  linkfab connect r1:eth3 out:vm1 --gateway tap,device=tap0\n"
        "  linkfab connect r1:eth4 out:vpcs --gateway "
        "udp,local=127.0.0.1:20000,remote=127.0.0.1:20001\n"
        "  linkfab connect r1:eth2 r3:eth0 delay=5ms rate=100mbit --name uplink\n"
        "  linkfab connect h4:eth0 lan delay=1ms\n",
    .options = {{"name", "NAME", "what the link is called"},
                {"gateway", "GATEWAY", "TYPE,KEY=VALUE,...: what B is on the host"},
                underlay_option,
                no_wait_option,
                timeout_option,
                json_option},
    .least_words = 2,
    .most_words = 1000,
    .run = run_connect,
};

const Command disconnect_command{
    .name = "disconnect",
    .group = "Links",
    .synopsis = "LINK|MEMBER",
    .summary = "Remove a link for good, or take an interface out of a segment",
    .text =
        "MEMBER is written NODE:INTERFACE. The nodes keep their interfaces. To pull a cable only "
        "for a while, use\n"
        "`linkfab cut`.\n",
    .examples = "  linkfab disconnect r1--r2\n  linkfab disconnect h4:eth0\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 1,
    .run = disconnect,
};

}  // namespace linkfab::cli
