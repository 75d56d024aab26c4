// Kathará's lab.conf, https://www.kathara.org/man-pages/kathara-lab.conf.5.html, with lab.ext and
// *.startup.
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/units.hpp"
#include "formats/importers.hpp"
#include "formats/source.hpp"
#include "formats/values.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;

constexpr const char* kathara_image = "kathara/base";

bool is_number(const std::string& key) {
  return std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
}

// "NAME=VALUE" into a map.
void add_pair(const Item& item, std::map<std::string, std::string>& values) {
  const auto text = item.text();
  if (!text) return;
  const auto equals = text->find('=');
  if (equals == std::string::npos) return item.wrong("NAME=VALUE is needed");
  values[text->substr(0, equals)] = text->substr(equals + 1);
}

class KatharaReader {
 public:
  KatharaReader(const Item& root, Draft& draft, Documents& documents)
      : root_(root), draft_(draft), documents_(documents) {}

  void read() {
    for (const auto& member : root_.members()) {
      if (member.is_map())
        read_device(member);
      else if (member.key() == "LAB_NAME" && member.text())
        draft_.rename(*member.text());
      else
        member.approximated("a topology file has no words about itself but its name",
                            "write it into the file as a comment");
    }
    if (const auto ext = documents_.open("lab.ext", parse_lab_ext_source))
      for (const auto& line : ext->members()) add_uplink(line);
    if (const auto order = documents_.open("lab.dep", parse_lines_source))
      order->refused("nodes start all at once", "let a node's command wait for what it needs");
    for (const auto& [name, domain] : domains_) join(name, domain);
    for (const auto& node : devices_) startup(node);
  }

 private:
  struct Domain {
    std::vector<Item> items;
    std::vector<Endpoint> members;
  };

  void read_device(const Item& device) {
    fabric::Node node{.kind = fabric::NodeKind::docker, .image = kathara_image};
    std::map<std::int64_t, Item> interfaces;
    std::vector<Item> lines;
    for (const auto& item : device.members()) {
      if (!is_number(item.key())) {
        read_option(item, node, lines);
        continue;
      }
      const auto number = parse_integer(item.key(), 0, 9999);
      if (!number) {
        item.wrong("the number of an interface is between 0 and 9999");
      } else if (!interfaces.emplace(*number, item).second) {
        item.wrong(fmt::format("interface {} is there already", *number));
      }
    }
    for (const auto& line : lines) run(line, node);
    const auto name = draft_.add_node(device, device.key(), std::move(node));
    devices_.push_back(name);
    std::int64_t next = 0;
    for (const auto& [number, item] : interfaces) {
      if (number != next++)
        return item.wrong(
            fmt::format("interface {} is missing: they are numbered from 0", next - 1));
      attach(item, name, fmt::format("eth{}", number));
    }
  }

  // "DOMAIN" or "DOMAIN/MAC"
  void attach(const Item& item, const std::string& node, const std::string& interface) {
    const auto text = item.text();
    if (!text) return;
    const auto slash = text->find('/');
    auto& made = draft_.node(node).interfaces[interface];
    if (slash != std::string::npos) set_mac(item, made, text->substr(slash + 1));
    const auto name = text->substr(0, slash);
    if (name.empty()) return item.wrong("the name of a collision domain is needed");
    auto& domain = domains_[name];
    if (std::ranges::find(domain.members, node, &Endpoint::node) != domain.members.end())
      return item.wrong(fmt::format("the device is in collision domain {} already", name));
    domain.items.push_back(item);
    domain.members.push_back({node, interface});
  }

  static void read_option(const Item& item, fabric::Node& node, std::vector<Item>& lines) {
    const auto& key = item.key();
    const auto text = item.text();
    if (!text) return;
    if (key == "image") {
      node.image = *text;
    } else if (key == "cpus") {
      node.options["cpus"] = *text;
    } else if (key == "mem") {
      node.options["memory"] = memory_of(*text);
    } else if (key == "privileged") {
      node.options["privileged"] = item.flag().value_or(false) ? "true" : "false";
    } else if (key == "env") {
      add_pair(item, node.environment);
    } else if (key == "sysctl") {
      add_pair(item, node.sysctls);
    } else if (key == "exec") {
      lines.push_back(item);
    } else if (key == "args") {
      node.command = command_of(*text);
    } else if (key == "ipv6") {
      if (!item.flag().value_or(true)) node.sysctls["net.ipv6.conf.all.disable_ipv6"] = "1";
    } else if (key == "bridged" || key == "port") {
      item.refused("a node's network is its links", "join it to a host node, or to a gateway");
    } else if (key == "shell" || key == "num_terms") {
      item.approximated("no terminal is opened", "open one with `linkfab shell`");
    } else {
      item.refused("linkfab's nodes do not have it",
                   "make an image that does, or bind what it needs");
    }
  }

  static void run(const Item& line, fabric::Node& node) {
    const auto text = line.text();
    if (!text || configure(node, *text)) return;
    line.refused("commands are not run at the start of a node",
                 "run it with `linkfab exec`, or make it part of the node's command");
  }

  void startup(const std::string& node) {
    if (const auto lines = documents_.open(node + ".startup", parse_lines_source))
      for (const auto& line : lines->list()) run(line, draft_.node(node));
  }

  // "DEVICE" or "DEVICE.VLAN"
  void add_uplink(const Item& line) {
    const auto text = line.text();
    if (!text) return;
    const auto found = domains_.find(line.key());
    if (found == domains_.end())
      return line.refused("no device is in this collision domain", "leave it out");
    const auto dot = text->rfind('.');
    fabric::GatewayOptions options{{"device", text->substr(0, dot)}};
    if (dot != std::string::npos) options["vlan"] = text->substr(dot + 1);
    auto gateway = fabric::parse_gateway("nic", options);
    if (!gateway) return line.wrong(gateway.error().cause);
    const auto& host = draft_.host();
    found->second.items.push_back(line);
    found->second.members.push_back(
        {host, draft_.add_interface(line, host, *text, {.gateway = *std::move(gateway)})});
  }

  // A collision domain of two is a cable.
  void join(const std::string& name, const Domain& domain) {
    if (domain.members.size() == 2) {
      draft_.add_link(domain.items.front(),
                      {.a = domain.members[0], .b = domain.members[1], .a_to_b = {}, .b_to_a = {}},
                      name);
      return;
    }
    fabric::Segment segment{.kind = fabric::SegmentKind::hub};
    for (const auto& member : domain.members) segment.members.emplace(member, fabric::Impairment{});
    draft_.add_segment(domain.items.front(), name, std::move(segment));
  }

  const Item& root_;
  Draft& draft_;
  Documents& documents_;
  std::vector<std::string> devices_;
  std::map<std::string, Domain> domains_;
};

}  // namespace

void read_kathara(const Item& root, Draft& draft, Documents& documents) {
  KatharaReader{root, draft, documents}.read();
}

}  // namespace linkfab::formats
