#include "tools/cli/show.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/units.hpp"
#include "fabric/underlay.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using fabric::EndView;
using fabric::LinkView;
using fabric::NodeView;

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string state_of(const std::string& state) {
  return state.empty() ? "pending" : state;
}

std::string interfaces_of(const NodeView& node) {
  std::vector<std::string> parts;
  for (const auto& interface : node.interfaces) {
    std::string part = interface.name;
    for (const auto& address : interface.wanted.addresses) part += ' ' + address;
    if (interface.wanted.gateway)
      part += fmt::format(" ({})", fabric::format(*interface.wanted.gateway));
    parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::int64_t statistic(const EndView& end, const std::string& key) {
  const auto found = end.statistics.find(key);
  return found == end.statistics.end() ? 0 : found->second;
}

void add_statistics(std::vector<Cell>& row, const EndView& to) {
  const auto count = [&](const char* key) { return std::to_string(statistic(to, key)); };
  row.emplace_back(count("rx_packets"));
  row.emplace_back(approximate_bytes(static_cast<std::uint64_t>(statistic(to, "rx_bytes"))));
  const auto drops = statistic(to, "qdisc_drops");
  row.emplace_back(std::to_string(drops), drops == 0 ? Colour::none : Colour::yellow);
  row.emplace_back(count("qdisc_backlog"));
}

// For a line of a table: a distribution's table in full is thousands of numbers.
std::string shortened(std::string impairment) {
  constexpr std::string_view key = "distribution-table=";
  const auto at = impairment.find(key);
  if (at == std::string::npos) return impairment;
  const auto end = std::min(impairment.find(' ', at), impairment.size());
  const auto value = std::string_view(impairment).substr(at + key.size(), end - at - key.size());
  const auto entries = std::ranges::count(value, ',') + 1;
  return impairment.replace(at, end - at, fmt::format("({} entries)", entries));
}

std::string remarks(const LinkView& link, const EndView& to) {
  std::vector<std::string> parts;
  if (!to.scenario.empty()) parts.push_back("scenario " + to.scenario);
  if (link.subtract_underlay && !to.toward.empty())
    parts.push_back(to.underlay ? fabric::format_way(*to.underlay) + " of it underlay"
                                : "less the underlay");
  return fmt::format("{}", fmt::join(parts, ", "));
}

// A direction ends at an interface; it starts at the other one or, of a segment, at the segment.
void add_direction(Table& table, const LinkView& link, const std::string& from, const EndView& to,
                   bool first, bool statistics) {
  std::vector<Cell> row;
  row.emplace_back(first ? link.name : "");
  row.emplace_back(first ? state_of(link.state) : "", colour_of_state(link.state));
  row.emplace_back(from);
  row.emplace_back(to.name());
  if (statistics) add_statistics(row, to);
  row.emplace_back(shortened(or_dash(to.toward)));
  const auto& error = link.error.empty() ? to.error : link.error;
  if (error.empty() && !to.warning.empty())
    row.emplace_back(to.warning, Colour::yellow);
  else if (auto words = remarks(link, to); error.empty() && !words.empty())
    row.emplace_back(std::move(words), Colour::dim);
  else if (first || !to.error.empty())
    row.emplace_back(error, Colour::red);
  table.add(std::move(row));
}

}  // namespace

std::string node_table(const std::vector<NodeView>& nodes, bool coloured) {
  const bool shared =
      std::ranges::any_of(nodes, [](const NodeView& node) { return !node.host.empty(); });
  std::vector<std::string> header{"NODE", "KIND"};
  if (shared) header.emplace_back("HOST");
  header.insert(header.end(), {"STATE", "PID", "IMAGE", "INTERFACES", "DETAIL"});
  Table table(std::move(header));
  for (const auto& node : nodes) {
    const auto state = state_of(node.state);
    std::vector<Cell> row{node.name, node.kind};
    if (shared) row.emplace_back(or_dash(node.host));
    row.emplace_back(state, colour_of_state(state));
    row.emplace_back(node.pid ? std::to_string(*node.pid) : "-");
    row.emplace_back(or_dash(node.image));
    row.emplace_back(or_dash(interfaces_of(node)));
    row.push_back(node.error.empty() ? Cell(node.progress) : Cell(node.error, Colour::red));
    table.add(std::move(row));
  }
  return table.text(coloured);
}

std::string link_table(const std::vector<LinkView>& links, bool statistics, bool coloured) {
  std::vector<std::string> header{"LINK", "STATE", "FROM", "TO"};
  if (statistics) header.insert(header.end(), {"FRAMES", "BYTES", "DROPPED", "QUEUED"});
  header.insert(header.end(), {"IMPAIRMENT", "DETAIL"});
  Table table(std::move(header));
  for (const auto& link : links) {
    bool first = true;
    if (link.kind == "link") {
      add_direction(table, link, link.ends[0].name(), link.ends[1], true, statistics);
      add_direction(table, link, link.ends[1].name(), link.ends[0], false, statistics);
      continue;
    }
    for (const auto& end : link.ends) {
      add_direction(table, link, link.kind, end, first, statistics);
      first = false;
    }
    if (first)
      table.add({link.name, Cell(state_of(link.state), colour_of_state(link.state)), link.kind,
                 "(no member)"});
  }
  return table.text(coloured);
}

}  // namespace linkfab::cli
