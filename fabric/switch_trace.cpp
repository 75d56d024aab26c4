#include "fabric/switch_trace.hpp"

#include <charconv>
#include <optional>
#include <sstream>

namespace linkfab::fabric {
namespace {

std::optional<std::uint32_t> whole_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::map<std::uint32_t, std::string> datapath_ports(std::string_view dpif_show) {
  std::map<std::uint32_t, std::string> ports;
  std::istringstream lines{std::string(dpif_show)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device;
    std::string numbers;
    if (!(words >> device >> numbers) || !numbers.ends_with(':')) continue;
    const auto slash = numbers.find('/');
    if (slash == std::string::npos) continue;
    if (const auto port =
            whole_number(std::string_view(numbers).substr(slash + 1, numbers.size() - slash - 2)))
      ports.emplace(*port, device);
  }
  return ports;
}

TracedActions traced_actions(std::string_view trace) {
  constexpr std::string_view label = "Datapath actions: ";
  TracedActions traced;
  const auto found = trace.rfind(label);
  if (found == std::string_view::npos) return traced;
  auto line = trace.substr(found + label.size());
  line = line.substr(0, line.find('\n'));
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= line.size(); ++at) {
    const char c = at == line.size() ? ',' : line[at];
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c != ',' || depth != 0) continue;
    const auto action = line.substr(begin, at - begin);
    begin = at + 1;
    if (const auto port = whole_number(action))
      traced.outputs.insert(*port);
    else if (action != "drop" && !action.starts_with("userspace("))
      traced.changed = true;
  }
  return traced;
}

}  // namespace linkfab::fabric
