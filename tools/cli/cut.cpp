// linkfab cut and restore: a cable pulled, and put back.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/rows.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/change_link.hpp"
#include "tools/cli/commands.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

void touch_state(fabric::Touched& touched, const FoundLink& link, const std::string& state) {
  if (link.segment) {
    touched.before.segments[link.name].up = link.wanted == "up";
    touched.after.segments[link.name].up = state == "up";
  } else {
    touched.before.links[link.name].up = link.wanted == "up";
    touched.after.links[link.name].up = state == "up";
  }
}

Result<int> want_links(const Invocation& invocation, std::string verb, std::string state) {
  return run_change(invocation, [&](Client& client) -> awaitable<Result<int>> {
    const auto links = co_await find_links(client, invocation.words);
    if (!links) co_return std::unexpected(links.error());
    ovsdb::Transaction change{fabric::database};
    fabric::Touched touched;
    for (const auto& link : *links) {
      if (link.wanted == state) continue;
      touch_state(touched, link, state);
      const auto where = ovsdb::by_uuid(link.row);
      change.require_exists(link.table(), where);
      change.update(link.table(), where, {{"wanted", state}});
    }
    if (!change.empty()) {
      change.comment(fmt::format("linkfab: {} {}", fmt::join(invocation.words, " "), state));
      close_recorded(change, client, invocation,
                     {.verb = verb, .about = named_objects(touches(touched))}, touched);
      auto done = co_await client.commit(std::move(change));
      if (!done) co_return std::unexpected(done.error());
    } else if (auto confirmed = co_await client.confirm(); !confirmed) {
      co_return std::unexpected(confirmed.error());
    }
    co_return co_await report_links(client, invocation, invocation.words, *links);
  });
}

}  // namespace

const Command cut_command{
    .name = "cut",
    .group = "Links",
    .synopsis = "LINK...",
    .summary = "Pull cables: both ends lose their carrier",
    .text =
        "The link keeps its ends and impairments; `linkfab restore` puts the cable back. Cutting a "
        "segment\n"
        "pulls the cables of all its members. Several are cut at the same time; a LINK may be a "
        "pattern of names.\n",
    .examples = "  linkfab cut r1--r2\n  linkfab cut r1:eth0\n  linkfab cut 'r1:*--*' lan\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 1000,
    .run = [](const Invocation& invocation) { return want_links(invocation, "cut", "cut"); },
};

const Command restore_command{
    .name = "restore",
    .group = "Links",
    .synopsis = "LINK...",
    .summary = "Put cut cables back",
    .text = "Undoes `linkfab cut`. A link that is not cut stays as it is.\n",
    .examples = "  linkfab restore r1--r2\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 1000,
    .run = [](const Invocation& invocation) { return want_links(invocation, "restore", "up"); },
};

}  // namespace linkfab::cli
