#include "tools/cli/read_traffic.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/units.hpp"
#include "tools/cli/find.hpp"

namespace linkfab::cli {

using boost::asio::awaitable;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

awaitable<Result<std::vector<fabric::LinkView>>> chosen_links(Client& client,
                                                              const std::vector<std::string>& names,
                                                              const fabric::LabView& lab) {
  if (names.empty()) co_return lab.links;
  std::vector<fabric::LinkView> chosen;
  const auto found = co_await find_links(client, names);
  if (!found) co_return std::unexpected(found.error());
  for (const auto& each : *found) {
    const auto link = std::ranges::find(lab.links, each.name, &fabric::LinkView::name);
    if (link != lab.links.end()) chosen.push_back(*link);
  }
  co_return chosen;
}

awaitable<Result<fabric::Traffic>> read_traffic(Client& client,
                                                const std::vector<std::string>& names) {
  if (client.has_fabric_row()) {
    auto fresh = co_await client.refresh_statistics();
    if (!fresh) co_return std::unexpected(fresh.error());
  }
  fabric::Traffic traffic{.lab = "",
                          .time = std::chrono::steady_clock::now(),
                          .date = std::chrono::system_clock::now(),
                          .directions = {}};
  const auto lab = fabric::view(client.replica());
  const auto links = co_await chosen_links(client, names, lab);
  if (!links) co_return std::unexpected(links.error());
  traffic.lab = lab.name;
  traffic.directions = directions(*links);
  co_return traffic;
}

milliseconds interval_of(const Invocation& invocation) {
  const auto text = invocation.value("interval");
  if (text.empty()) return 1s;
  const auto parsed = parse_duration(text);
  if (!parsed) throw UsageError(fmt::format("--interval: {}", format(parsed.error())));
  if (*parsed < 100ms) throw UsageError("--interval: it is 100ms at least");
  return std::chrono::ceil<milliseconds>(*parsed);
}

std::int64_t count_of(const Invocation& invocation) {
  const auto text = invocation.value("count");
  if (text.empty()) return 0;
  const auto parsed = parse_integer(text, 1, std::numeric_limits<std::int64_t>::max());
  if (!parsed) throw UsageError(fmt::format("--count: {}", format(parsed.error())));
  return *parsed;
}

}  // namespace linkfab::cli
