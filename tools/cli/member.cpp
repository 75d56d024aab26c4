#include "tools/cli/member.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "fabric/edit.hpp"
#include "fabric/needed_by.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/change_link.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/socket.hpp"

namespace linkfab::cli {

using boost::asio::awaitable;
using fabric::Endpoint;
using ovsdb::Transaction;
using ovsdb::Uuid;

namespace {

awaitable<Result<FoundLink>> find_segment(Client& client, std::string name) {
  auto found = co_await find_link(client, name);
  if (found && !found->segment)
    co_return failure(Errc::invalid, "plug a cable into " + found->object(),
                      "a link has two ends; name a segment, or an interface as NODE:INTERFACE");
  if (!found) found.error().cause += "; an interface is written NODE:INTERFACE";
  co_return found;
}

}  // namespace

awaitable<Result<int>> join_segment(Client& client, const Invocation& invocation, Endpoint member,
                                    std::string name, netem::Impairment toward) {
  auto change = guarded(client);
  const auto segment = co_await find_segment(client, name);
  if (!segment) co_return std::unexpected(segment.error());
  const auto from = co_await find_socket(client, member);
  if (!from) co_return std::unexpected(from.error());
  if (auto free = check_free(*from); !free) co_return std::unexpected(free.error());
  const auto interface = interface_row(change, *from, fabric::host_names({segment->host}));
  const auto host = fabric::host_names({from->host});
  if (from->host != segment->host) fabric::widen(change, {{"Segment", segment->row}}, host);
  std::optional<Uuid> row;
  if (toward != netem::Impairment{}) {
    auto columns = fabric::impairment_columns(toward);
    fabric::put_needed_by(columns, host);
    row = change.insert("Impairment", columns);
  }
  fabric::join_segment(change, segment->row, interface, row);
  const auto about = fmt::format("{} to {}", format(member), segment->name);
  change.comment("linkfab: connect " + about);
  fabric::Touched touched;
  touch(touched, *from);
  touched.before.segments[segment->name];
  touched.after.segments[segment->name].members[member] = toward;
  close_recorded(change, client, invocation, {.verb = "connect", .about = about}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return co_await report_link(client, invocation, *segment);
}

awaitable<Result<int>> leave_segment(Client& client, const Invocation& invocation,
                                     FoundLink segment) {
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

}  // namespace linkfab::cli
