// linkfab set: impairments of a link or of a segment's members.
#include "tools/cli/set.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "fabric/rows.hpp"
#include "tools/cli/change_link.hpp"
#include "tools/cli/commands.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

bool is_end(const FoundEnd& end, const std::string& text) {
  if (!end.endpoint) return false;
  return text == end.endpoint->node || text == format(*end.endpoint);
}

// The one end that was named.
Result<std::size_t> find_end(const FoundLink& link, const std::string& option,
                             const std::string& text) {
  std::vector<std::size_t> found;
  std::string ends;
  for (std::size_t i = 0; i < link.ends.size(); ++i) {
    if (is_end(link.ends[i], text)) found.push_back(i);
    ends += (i == 0 ? "" : ", ") + link.ends[i].name();
  }
  if (found.size() == 1) return found.front();
  return failure(Errc::invalid, fmt::format("read --{} {}", option, text),
                 fmt::format("{} end of {} is called that; its ends are {}",
                             found.empty() ? "no" : "more than one", link.object(), ends));
}

// The ends toward which frames are impaired.
Result<std::vector<std::size_t>> chosen_ends(const FoundLink& link, const Invocation& invocation) {
  const auto from = invocation.value("from");
  const auto to = invocation.value("to");
  if (!from.empty() && link.segment)
    return failure(Errc::invalid, "set " + link.object(),
                   "an impairment of a segment is toward a member; use --to NODE:IF");
  std::vector<std::size_t> chosen;
  if (!from.empty()) {
    const auto end = find_end(link, "from", from);
    if (!end) return std::unexpected(end.error());
    chosen.push_back(1 - *end);
  }
  if (!to.empty()) {
    const auto end = find_end(link, "to", to);
    if (!end) return std::unexpected(end.error());
    if (!chosen.empty() && chosen.front() != *end)
      return failure(Errc::invalid, "set " + link.object(), "--from and --to name the same end");
    chosen = {*end};
  }
  if (chosen.empty() && from.empty())
    for (std::size_t i = 0; i < link.ends.size(); ++i) chosen.push_back(i);
  return chosen;
}

Result<bool> change_ends(ovsdb::Transaction& change, const FoundLink& link,
                         const std::vector<std::size_t>& ends,
                         const std::vector<Setting>& settings) {
  bool changed = false;
  for (const auto i : ends) {
    const auto& end = link.ends[i];
    netem::Impairment impairment;
    if (end.impairment) {
      auto decoded = fabric::decode_impairment(*end.impairment);
      if (decoded) impairment = std::move(*decoded);
    }
    auto wanted = apply_settings(impairment, settings);
    if (!wanted) return std::unexpected(wanted.error());
    // A row that both directions of a link refer to stays as it is: each gets its own.
    const bool shared = std::ranges::count_if(link.ends, [&](const FoundEnd& other) {
                          return other.direction.impairment == end.direction.impairment;
                        }) > 1;
    const auto* row = end.impairment && !shared ? &*end.impairment : nullptr;
    changed = fabric::change_impairment(change, end.direction, row, *wanted) || changed;
  }
  return changed;
}

Result<int> set(const Invocation& invocation) {
  auto settings = parse_settings({invocation.words.begin() + 1, invocation.words.end()});
  if (!settings) return std::unexpected(settings.error());
  return run_change(invocation, [&](Client& client) -> awaitable<Result<int>> {
    auto link = co_await find_link(client, invocation.words.front());
    if (!link) co_return std::unexpected(link.error());
    const auto ends = chosen_ends(*link, invocation);
    if (!ends) co_return std::unexpected(ends.error());
    ovsdb::Transaction change{fabric::database};
    const auto changed = change_ends(change, *link, *ends, *settings);
    if (!changed) co_return std::unexpected(changed.error());
    if (*changed) {
      change.comment("linkfab: set " + link->name);
      fabric::close_change(change, client.has_fabric_row());
      auto done = co_await client.commit(std::move(change));
      if (!done) co_return std::unexpected(done.error());
    }
    co_return co_await report_link(client, invocation, std::move(*link));
  });
}

std::string option_table() {
  std::string text = "\nKeys:\n";
  for (const auto& [key, values] : netem::option_names())
    text += fmt::format("  {:<22} {}\n", key, values);
  return text;
}

}  // namespace

Result<std::vector<Setting>> parse_settings(const std::vector<std::string>& words) {
  std::vector<Setting> settings;
  for (const auto& word : words) {
    if (word == "none" && words.size() == 1) return settings;
    const auto equals = word.find('=');
    if (equals == std::string::npos)
      throw UsageError(fmt::format("'{}' is not KEY=VALUE, for example delay=20ms", word));
    settings.push_back({word.substr(0, equals), word.substr(equals + 1)});
  }
  return settings;
}

Result<netem::Impairment> apply_settings(netem::Impairment impairment,
                                         const std::vector<Setting>& settings) {
  if (settings.empty()) return netem::Impairment{};
  for (const auto& [key, value] : settings)
    if (auto done = netem::set_option(impairment, key, value); !done)
      return std::unexpected(done.error());
  if (auto valid = netem::validate(impairment); !valid) return std::unexpected(valid.error());
  return impairment;
}

const Command set_command{
    .name = "set",
    .group = "Links",
    .synopsis = "LINK [--from NODE[:IF] | --to NODE[:IF]] KEY=VALUE...",
    .summary = "Set delay, loss, rate and other impairments of a running link or segment",
    .text =
        "What is not named keeps its value. Without --from and --to both directions of a link "
        "change, and all\n"
        "members of a segment. KEY=none clears one key, the single word `none` clears all.\n"
        "LINK is a link's or segment's name, its ends (r1:eth0--r2:eth0, r1--r2), or one interface "
        "(r1:eth0).\n",
    .examples =
        "  linkfab set r1--r2 delay=20ms jitter=2ms loss=1%\n"
        "  linkfab set r1:eth0 --from r1 rate=10mbit     only frames that r1 sends\n"
        "  linkfab set lan --to r3:eth0 delay=50ms       frames that a segment sends to r3\n"
        "  linkfab set r1--r2 loss=none                  the delay stays\n"
        "  linkfab set r1--r2 none                       a perfect cable again\n",
    .options = {{"from", "NODE[:IF]", "only frames that this end of a link sends"},
                {"to", "NODE[:IF]", "only frames toward this interface"},
                no_wait_option,
                timeout_option,
                json_option},
    .least_words = 2,
    .most_words = 1000,
    .more_text = option_table,
    .run = set,
};

}  // namespace linkfab::cli
