// linkfab move: a cable's end plugged in elsewhere.
#include <algorithm>

#include <fmt/format.h>

#include "fabric/edit.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/needed_by.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/change_link.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/socket.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::Endpoint;
using ovsdb::Transaction;
using ovsdb::Uuid;

// A name made from the ends follows them; one that was given stays.
void move_link(Transaction& change, fabric::Touched& touched, FoundLink& link, std::size_t moved,
               const Socket& to, const Uuid& row) {
  touched.before.links[link.name] = link_of(link);
  ovsdb::Columns columns{{moved == 0 ? "a" : "b", row}};
  if (moved == 0) fabric::put_host(columns, to.host);
  const auto& a = link.ends[0].endpoint;
  const auto& b = link.ends[1].endpoint;
  if (a && b && link.name == fabric::link_name(*a, *b)) {
    link.name =
        moved == 0 ? fabric::link_name(to.endpoint, *b) : fabric::link_name(*a, to.endpoint);
    columns.emplace_back("name", link.name);
  }
  change.update("Link", ovsdb::by_uuid(link.row), columns);
  link.ends[moved].endpoint = to.endpoint;
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

// With what the frames undergo: of a segment those toward the end that moves.
void widen_link(Transaction& change, const FoundLink& link, const FoundEnd& moved,
                const fabric::HostNames& hosts) {
  std::vector<fabric::RowOf> rows{{link.table(), link.row}};
  for (const auto& end : link.ends)
    if (end.direction.impairment && (!link.segment || end.interface == moved.interface))
      rows.emplace_back("Impairment", *end.direction.impairment);
  fabric::widen(change, rows, hosts);
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
  const auto end = std::ranges::find(link.ends, *from->interface, &FoundEnd::interface);
  auto hosts = fabric::host_names({to->host});
  if (link.segment) {
    hosts.merge(fabric::host_names({link.host}));
  } else if (const auto& stays = link.ends[end == link.ends.begin() ? 1 : 0].endpoint) {
    const auto there = co_await find_socket(client, *stays);
    if (!there) co_return std::unexpected(there.error());
    hosts.merge(fabric::host_names({there->host}));
    (void)interface_row(change, *there, hosts);
  }
  const auto row = interface_row(change, *to, hosts);
  widen_link(change, link, *end, hosts);
  fabric::Touched touched;
  touch(touched, *to);
  if (link.segment) {
    move_member(change, touched, link, *end, b, row);
  } else {
    move_link(change, touched, link, static_cast<std::size_t>(end - link.ends.begin()), *to, row);
  }
  const auto about = fmt::format("{} to {}", format(a), format(b));
  change.comment("linkfab: move " + about);
  close_recorded(change, client, invocation, {.verb = "move", .about = about}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await report_link(client, invocation, std::move(link));
}

Result<int> run_move(const Invocation& invocation) {
  const auto a = fabric::parse_endpoint(invocation.words[0]);
  if (!a) return std::unexpected(a.error());
  const auto b = fabric::parse_endpoint(invocation.words[1]);
  if (!b) return std::unexpected(b.error());
  if (*a == *b) return failure(Errc::invalid, "move " + format(*a), "that is where it is");
  return run_change(invocation, [&](Client& client) { return move(client, invocation, *a, *b); });
}

}  // namespace

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
