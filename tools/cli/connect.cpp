// linkfab connect, disconnect and move: cables plugged in, taken away, plugged in elsewhere.
#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "fabric/rows.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/change_link.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/set.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::Endpoint;
using ovsdb::Datum;
using ovsdb::Transaction;
using ovsdb::Uuid;

// A place for a plug: its Interface row, where there is one already.
struct Socket {
  Endpoint endpoint;
  Uuid node;
  std::optional<Uuid> interface;
  std::optional<FoundLink> attached;
  bool new_node = false;                   // the host node of a gateway, to be made
  std::optional<fabric::Gateway> gateway;  // what the interface is to be
};

awaitable<Result<Socket>> find_socket(Client& client, Endpoint endpoint) {
  std::vector<std::string> names{endpoint.node};
  const auto nodes = co_await find_nodes(client, std::move(names));
  if (!nodes) co_return std::unexpected(nodes.error());
  Socket socket{.endpoint = endpoint, .node = nodes->front().row, .interface = {}, .attached = {}};
  socket.interface = nodes->front().interface(endpoint.interface);
  if (!socket.interface) co_return socket;
  auto attached = co_await find_attached(client, *socket.interface);
  if (!attached) co_return std::unexpected(attached.error());
  socket.attached = std::move(*attached);
  co_return socket;
}

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

Result<void> check_free(const Socket& socket) {
  if (!socket.attached) return {};
  const auto& link = *socket.attached;
  const auto end = format(socket.endpoint);
  return failure(
      Errc::exists, "plug a cable into " + end,
      fmt::format("it is attached to {}; `linkfab disconnect {}` or `linkfab move {} TO` first",
                  link.object(), link.segment ? end : link.name, end));
}

// The Interface row of a socket, made where there is none.
Uuid interface_row(Transaction& change, const Socket& socket) {
  if (socket.interface) return *socket.interface;
  const auto row = change.insert(
      "Interface",
      fabric::interface_columns(socket.endpoint.interface, {.gateway = socket.gateway}));
  if (socket.new_node) {
    auto columns = fabric::node_columns(socket.endpoint.node, {.kind = fabric::NodeKind::host});
    columns.emplace_back("interfaces", row);
    change.insert("Node", columns);
    return row;
  }
  change.mutate("Node", ovsdb::by_uuid(socket.node), "interfaces", "insert", Datum(row));
  return row;
}

// The interface that is made of a socket, where one is.
void touch(fabric::Touched& touched, const Socket& socket) {
  if (socket.interface) return;
  const auto& [node, interface] = socket.endpoint;
  auto& after = touched.after.nodes[node];
  after.interfaces[interface].gateway = socket.gateway;
  if (socket.new_node)
    after.kind = fabric::NodeKind::host;
  else
    touched.before.nodes[node];
}

netem::Impairment impairment_of(const FoundEnd& end) {
  if (!end.impairment) return {};
  return fabric::decode_impairment(*end.impairment).value_or(netem::Impairment{});
}

fabric::Link link_of(const FoundLink& link) {
  return {.a = link.ends[0].endpoint.value_or(Endpoint{}),
          .b = link.ends[1].endpoint.value_or(Endpoint{}),
          .a_to_b = impairment_of(link.ends[1]),
          .b_to_a = impairment_of(link.ends[0]),
          .up = link.wanted == "up"};
}

// Nobody else may have attached anything since the sockets were looked at.
Transaction guarded(const Client& client) {
  Transaction change{fabric::database};
  for (const auto& [uuid, row] : client.replica().rows("Fabric"))
    change.require("Fabric", {}, {{"next_cfg", ovsdb::get(row, "next_cfg")}});
  return change;
}

Result<Endpoint> endpoint_word(const std::string& word) {
  return fabric::parse_endpoint(word);
}

awaitable<Result<int>> connect(Client& client, const Invocation& invocation, Endpoint a, Endpoint b,
                               netem::Impairment impairment,
                               std::optional<fabric::Gateway> gateway) {
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
  FoundLink link;
  link.name = invocation.has("name") ? invocation.value("name") : fabric::link_name(a, b);
  ovsdb::Columns columns{{"name", link.name}, {"wanted", "up"}};
  columns.emplace_back("a", interface_row(change, *from));
  columns.emplace_back("b", interface_row(change, *to));
  if (impairment != netem::Impairment{})
    for (const char* direction : {"a_to_b", "b_to_a"})
      columns.emplace_back(direction,
                           change.insert("Impairment", fabric::impairment_columns(impairment)));
  change.insert("Link", columns);
  change.comment("linkfab: connect " + link.name);
  fabric::Touched touched;
  touch(touched, *from);
  touch(touched, *to);
  touched.after.links[link.name] = {
      .a = a, .b = b, .a_to_b = impairment, .b_to_a = impairment, .up = true};
  close_recorded(change, client, invocation, {.verb = "connect", .about = link.name}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await report_link(client, invocation, std::move(link));
}

awaitable<Result<FoundLink>> find_segment(Client& client, std::string name) {
  auto found = co_await find_link(client, name);
  if (found && !found->segment)
    co_return failure(Errc::invalid, "plug a cable into " + found->object(),
                      "a link has two ends; name a segment, or an interface as NODE:INTERFACE");
  if (!found) found.error().cause += "; an interface is written NODE:INTERFACE";
  co_return found;
}

awaitable<Result<int>> join(Client& client, const Invocation& invocation, Endpoint a,
                            std::string name, netem::Impairment toward) {
  auto change = guarded(client);
  const auto segment = co_await find_segment(client, name);
  if (!segment) co_return std::unexpected(segment.error());
  const auto from = co_await find_socket(client, a);
  if (!from) co_return std::unexpected(from.error());
  if (auto free = check_free(*from); !free) co_return std::unexpected(free.error());
  const auto interface = interface_row(change, *from);
  std::optional<Uuid> row;
  if (toward != netem::Impairment{})
    row = change.insert("Impairment", fabric::impairment_columns(toward));
  fabric::join_segment(change, segment->row, interface, row);
  const auto about = fmt::format("{} to {}", format(a), segment->name);
  change.comment("linkfab: connect " + about);
  fabric::Touched touched;
  touch(touched, *from);
  touched.before.segments[segment->name];
  touched.after.segments[segment->name].members[a] = toward;
  close_recorded(change, client, invocation, {.verb = "connect", .about = about}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await report_link(client, invocation, *segment);
}

Result<int> run_connect(const Invocation& invocation) {
  const auto a = endpoint_word(invocation.words[0]);
  if (!a) return std::unexpected(a.error());
  const auto settings = parse_settings({invocation.words.begin() + 2, invocation.words.end()});
  if (!settings) return std::unexpected(settings.error());
  const auto impairment = apply_settings({}, *settings);
  if (!impairment) return std::unexpected(impairment.error());
  const auto& other = invocation.words[1];
  if (other.find(':') == std::string::npos) {
    for (const char* of_link : {"name", "gateway"})
      if (invocation.has(of_link))
        throw UsageError(
            fmt::format("--{} is of a link, whose other end is written NODE:INTERFACE", of_link));
    return run_change(invocation, [&](Client& client) {
      return join(client, invocation, *a, other, *impairment);
    });
  }
  const auto b = endpoint_word(other);
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

awaitable<Result<int>> leave(Client& client, const Invocation& invocation, FoundLink segment) {
  const auto& word = invocation.words.front();
  const auto end = std::ranges::find_if(segment.ends, [&](const FoundEnd& each) {
    return each.endpoint && each.name() == word && word != segment.name;
  });
  if (end == segment.ends.end())
    co_return failure(
        Errc::invalid, "disconnect " + segment.object(),
        "it has no two ends; `linkfab disconnect NODE:INTERFACE` takes a member out of "
        "it, `linkfab up FILE` with a file without it removes it");
  Transaction change{fabric::database};
  fabric::leave_segment(change, segment.row, end->interface);
  change.comment(fmt::format("linkfab: disconnect {} from {}", word, segment.name));
  fabric::Touched touched;
  touched.before.segments[segment.name].members[*end->endpoint] = impairment_of(*end);
  touched.after.segments[segment.name];
  close_recorded(change, client, invocation,
                 {.verb = "disconnect", .about = fmt::format("{} from {}", word, segment.name)},
                 touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["removed"] = word;
    json["segment"] = segment.name;
    print_json(json);
  } else {
    print(fmt::format("{} is out of {}; the interface stays\n", word, segment.object()));
  }
  co_return success;
}

Result<int> disconnect(const Invocation& invocation) {
  return run_change(invocation, [&](Client& client) -> awaitable<Result<int>> {
    const auto link = co_await find_link(client, invocation.words.front());
    if (!link) co_return std::unexpected(link.error());
    if (link->segment) co_return co_await leave(client, invocation, *link);
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

// A name made from the ends follows them; one that was given stays.
void move_link(Transaction& change, fabric::Touched& touched, FoundLink& link, std::size_t moved,
               const Endpoint& to, const Uuid& row) {
  touched.before.links[link.name] = link_of(link);
  ovsdb::Columns columns{{moved == 0 ? "a" : "b", row}};
  const auto& a = link.ends[0].endpoint;
  const auto& b = link.ends[1].endpoint;
  if (a && b && link.name == fabric::link_name(*a, *b)) {
    link.name = moved == 0 ? fabric::link_name(to, *b) : fabric::link_name(*a, to);
    columns.emplace_back("name", link.name);
  }
  change.update("Link", ovsdb::by_uuid(link.row), columns);
  link.ends[moved].endpoint = to;
  touched.after.links[link.name] = link_of(link);
}

void move_member(Transaction& change, fabric::Touched& touched, const FoundLink& segment,
                 const FoundEnd& end, const Endpoint& to, const Uuid& row) {
  const auto impairment = impairment_of(end);
  if (end.endpoint) touched.before.segments[segment.name].members[*end.endpoint] = impairment;
  touched.after.segments[segment.name].members[to] = impairment;
  fabric::leave_segment(change, segment.row, end.interface);
  fabric::join_segment(change, segment.row, row, end.direction.impairment);
}

awaitable<Result<int>> move(Client& client, const Invocation& invocation, Endpoint a, Endpoint b) {
  auto change = guarded(client);
  const auto from = co_await find_socket(client, a);
  if (!from) co_return std::unexpected(from.error());
  if (!from->attached)
    co_return failure(Errc::not_found, fmt::format("move {} to {}", format(a), format(b)),
                      fmt::format("nothing is attached to {}", format(a)));
  const auto to = co_await find_socket(client, b);
  if (!to) co_return std::unexpected(to.error());
  if (auto free = check_free(*to); !free) co_return std::unexpected(free.error());
  auto link = *from->attached;
  const auto row = interface_row(change, *to);
  const auto end = std::ranges::find(link.ends, *from->interface, &FoundEnd::interface);
  fabric::Touched touched;
  touch(touched, *to);
  if (link.segment) {
    move_member(change, touched, link, *end, b, row);
  } else {
    move_link(change, touched, link, static_cast<std::size_t>(end - link.ends.begin()), b, row);
  }
  const auto about = fmt::format("{} to {}", format(a), format(b));
  change.comment("linkfab: move " + about);
  close_recorded(change, client, invocation, {.verb = "move", .about = about}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await report_link(client, invocation, std::move(link));
}

Result<int> run_move(const Invocation& invocation) {
  const auto a = endpoint_word(invocation.words[0]);
  if (!a) return std::unexpected(a.error());
  const auto b = endpoint_word(invocation.words[1]);
  if (!b) return std::unexpected(b.error());
  if (*a == *b) return failure(Errc::invalid, "move " + format(*a), "that is where it is");
  return run_change(invocation, [&](Client& client) { return move(client, invocation, *a, *b); });
}

}  // namespace

const Command connect_command{
    .name = "connect",
    .group = "Links",
    .synopsis = "A B|SEGMENT [KEY=VALUE...] [--name NAME] [--gateway GATEWAY]",
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

const Command move_command{
    .name = "move",
    .group = "Links",
    .synopsis = "A B",
    .summary = "Plug the cable's end at A into B",
    .text =
        "A and B are written NODE:INTERFACE. The other end, the impairments and the state stay as "
        "they are. A name that\n"
        "was made from the ends changes with them. Works for members of segments too.\n",
    .examples = "  linkfab move r1:eth0 r3:eth0\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 2,
    .most_words = 2,
    .run = run_move,
};

}  // namespace linkfab::cli
