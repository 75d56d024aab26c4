#include "ubridge/ini_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace linkfab::ubridge {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return out;
}

// In quotes as it stands, else up to a comment.
std::string value_of(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const auto close = text.find(text.front(), 1);
    if (close != std::string_view::npos) return std::string(text.substr(1, close - 1));
  }
  return std::string(trimmed(text.substr(0, text.find_first_of(";#"))));
}

struct Line {
  std::size_t number = 0;
  std::string text;
};

std::vector<Line> logical_lines(std::string_view text) {
  std::vector<Line> lines;
  bool continues = false;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.remove_suffix(1);
    if (continues) {
      lines.back().text += line;
    } else {
      lines.push_back({number, std::string(line)});
    }
    continues = goes_on;
  }
  return lines;
}

IniSection& section_named(std::vector<IniSection>& sections, std::string_view name) {
  const auto found = std::ranges::find(sections, name, &IniSection::name);
  if (found != sections.end()) return *found;
  return sections.emplace_back(IniSection{.name = std::string(name), .values = {}});
}

using Values = std::map<std::string, std::string>;

// "local:remote".
std::optional<Nio> parse_unix_nio(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
    return std::nullopt;
  return UnixNio{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::optional<Nio> parse_nio(std::string_view kind, const std::string& value) {
  if (kind == "udp") return parse_udp_nio(value);
  if (kind == "unix") return parse_unix_nio(value);
  if (value.empty()) return std::nullopt;
  if (kind == "ethernet") return EthernetNio{value};
  if (kind == "tap") return TapNio{value};
  return LinuxRawNio{value};
}

Result<Nio> read_nio(const IniSection& section, const std::string& end) {
  constexpr std::array<std::string_view, 5> kinds{"udp", "unix", "ethernet", "tap", "linux_raw"};
  const std::string attempt = fmt::format("bridge '{}'", section.name);
  std::optional<Nio> nio;
  for (const auto kind : kinds) {
    const auto found = section.values.find(fmt::format("{}_{}", end, kind));
    if (found == section.values.end()) continue;
    if (nio) return failure(Errc::invalid, attempt, fmt::format("more than one {} NIO", end));
    nio = parse_nio(kind, found->second);
    if (!nio) {
      return failure(Errc::invalid, attempt,
                     fmt::format("cannot read {} = {}", found->first, found->second));
    }
  }
  if (!nio) return failure(Errc::invalid, attempt, fmt::format("{} NIO not found", end));
  return *nio;
}

std::optional<std::string> value_at(const Values& values, const std::string& key) {
  const auto found = values.find(key);
  if (found == values.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

struct AddCommand {
  std::string bridge;
  Tokens operator()(const UdpNio& nio) const {
    return {"bridge", "add_nio_udp", bridge, nio.local_port, nio.host, nio.remote_port};
  }
  Tokens operator()(const TapNio& nio) const {
    return {"bridge", "add_nio_tap", bridge, nio.device};
  }
  Tokens operator()(const LinuxRawNio& nio) const {
    return {"bridge", "add_nio_linux_raw", bridge, nio.device};
  }
  Tokens operator()(const EthernetNio& nio) const {
    return {"bridge", "add_nio_ethernet", bridge, nio.device};
  }
  Tokens operator()(const UnixNio& nio) const {
    return {"bridge", "add_nio_unix", bridge, nio.local, nio.remote};
  }
};

}  // namespace

Result<std::vector<IniSection>> parse_ini(std::string_view text) {
  std::vector<IniSection> sections;
  std::string current;
  for (const auto& [number, line] : logical_lines(text)) {
    if (line.empty() || line.front() == ';' || line.front() == '#') continue;
    if (line.front() == '[') {
      const auto close = line.find(']');
      if (close != std::string::npos) {
        current = trimmed(std::string_view(line).substr(1, close - 1));
        (void)section_named(sections, current);
        continue;
      }
    }
    const auto equals = line.find('=');
    if (line.front() == '[' || equals == std::string::npos || equals == 0)
      return failure(Errc::invalid, fmt::format("syntax error in line {}", number), line);
    if (sections.empty()) continue;  // keys before all sections belong to no bridge
    const std::string_view view(line);
    section_named(sections, current)
        .values.insert_or_assign(lower(trimmed(view.substr(0, equals))),
                                 value_of(view.substr(equals + 1)));
  }
  return sections;
}

Result<IniBridge> read_bridge(const IniSection& section) {
  const auto source = read_nio(section, "source");
  if (!source) return std::unexpected(source.error());
  const auto destination = read_nio(section, "destination");
  if (!destination) return std::unexpected(destination.error());
  return IniBridge{.name = section.name,
                   .source = *source,
                   .destination = *destination,
                   .pcap_file = value_at(section.values, "pcap_file"),
                   .pcap_protocol = value_at(section.values, "pcap_protocol"),
                   .pcap_filter = value_at(section.values, "pcap_filter")};
}

std::vector<Tokens> commands(const IniBridge& bridge) {
  const AddCommand add{bridge.name};
  std::vector<Tokens> out{{"bridge", "create", bridge.name},
                          std::visit(add, bridge.source),
                          std::visit(add, bridge.destination)};
  if (bridge.pcap_file) {
    // Without a protocol ubridge complains of "(null)" and takes Ethernet; so does this.
    out.push_back({"bridge", "start_capture", bridge.name, *bridge.pcap_file,
                   bridge.pcap_protocol.value_or("(null)")});
  }
  const bool has_ethernet = std::holds_alternative<EthernetNio>(bridge.source) ||
                            std::holds_alternative<EthernetNio>(bridge.destination);
  if (bridge.pcap_filter && has_ethernet)
    out.push_back({"bridge", "set_pcap_filter", bridge.name, *bridge.pcap_filter});
  out.push_back({"bridge", "start", bridge.name});
  return out;
}

}  // namespace linkfab::ubridge
