#include "fabric/machine.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

constexpr std::string_view vpcs_mac = "00:50:79:66:68:";
constexpr int vpcs_macs = 256;
constexpr int first_local = 20000;   // where the program listens
constexpr int first_remote = 30000;  // where the fabric does

constexpr std::array<std::string_view, 12> qemu_options{
    "accel",  "adapter", "append",  "arch",   "cpu",        "cpus",
    "initrd", "kernel",  "machine", "memory", "privileged", "writable"};

// eth2 before eth10.
std::vector<std::string> in_order(const Node& node) {
  std::vector<std::string> names;
  for (const auto& [name, interface] : node.interfaces) names.push_back(name);
  std::ranges::sort(names, {}, [](const std::string& name) {
    const auto digits = name.find_last_not_of("0123456789") + 1;
    int number = -1;
    std::from_chars(name.data() + digits, name.data() + name.size(), number);
    return std::pair{name.substr(0, digits), number};
  });
  return names;
}

bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

std::string option(const Node& node, const std::string& key, const std::string& otherwise) {
  const auto found = node.options.find(key);
  return found == node.options.end() ? otherwise : found->second;
}

// Letters, digits, '-', '_' and '.': it can be no path and no further property.
bool is_word(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

// As part of a list of properties, where a comma is the next one's.
std::string property(const std::string& value) {
  std::string text;
  for (const char c : value) text += c == ',' ? ",," : std::string(1, c);
  return text;
}

bool says_yes(const Node& node, const std::string& key) {
  return option(node, key, "no") == "yes";
}

void check_vpcs(const Node& node, std::vector<std::string>& problems) {
  if (node.interfaces.size() > 1)
    problems.emplace_back("a vpcs node has one interface; use a netns or docker node for more");
  if (!node.image.empty() || !node.command.empty())
    problems.emplace_back("a vpcs node has no image and no command: take them out");
  if (!node.options.empty()) problems.emplace_back("a vpcs node has no options");
  for (const auto& [name, interface] : node.interfaces) {
    if (interface.mac && !interface.mac->starts_with(vpcs_mac))
      problems.push_back(fmt::format("the mac of VPCS is between {0}00 and {0}ff, not {1}",
                                     vpcs_mac, *interface.mac));
    for (const bool six : {false, true})
      if (std::ranges::count(interface.addresses, six, is_ipv6) > 1)
        problems.push_back(fmt::format("VPCS has one {} address only", six ? "IPv6" : "IPv4"));
  }
  for (const auto& route : node.routes)
    if (route.destination != "0.0.0.0/0" || route.via.empty())
      problems.push_back(
          fmt::format("VPCS has a default route only, written \"default via "
                      "ADDRESS\", not one to {}",
                      route.destination));
}

void check_qemu(const Node& node, std::vector<std::string>& problems) {
  for (const auto& [key, value] : node.options) {
    if (std::ranges::count(qemu_options, key) == 0)
      problems.push_back(
          fmt::format("a qemu node has no option {}{}", key,
                      did_you_mean(key, {qemu_options.begin(), qemu_options.end()})));
    if ((key == "writable" || key == "privileged") && value != "yes" && value != "no")
      problems.push_back(fmt::format("{} is yes or no, not {}", key, value));
    if (key == "arch" && !is_word(value))
      problems.push_back(fmt::format(
          "arch is the end of a program's name, as in qemu-system-x86_64, not {}", value));
  }
  if (!node.options.contains("kernel") &&
      (node.options.contains("initrd") || node.options.contains("append")))
    problems.emplace_back("initrd and append go with the option kernel");
  for (const auto& [name, interface] : node.interfaces)
    if (!interface.addresses.empty())
      problems.emplace_back("a virtual machine sets its addresses itself: take addresses out");
  if (!node.routes.empty())
    problems.emplace_back("a virtual machine sets its routes itself: take routes out");
}

std::vector<std::string> vpcs_command(const Node& node, const std::string& script) {
  std::string offset = "0";
  if (!node.interfaces.empty())
    if (const auto& mac = node.interfaces.begin()->second.mac)
      offset = std::to_string(std::stoi(mac->substr(vpcs_mac.size()), nullptr, 16));
  return {"vpcs",
          "-i",
          "1",
          "-m",
          offset,
          "-s",
          std::to_string(first_local),
          "-c",
          std::to_string(first_remote),
          "-t",
          "127.0.0.1",
          script};
}

// VPCS's own words: ip ADDRESS/LENGTH [GATEWAY].
std::string vpcs_script(const Node& node) {
  std::string lines;
  for (const auto& [name, interface] : node.interfaces)
    for (const auto& address : interface.addresses) {
      lines += "ip " + address;
      if (!is_ipv6(address))
        for (const auto& route : node.routes) lines += " " + route.via;
      lines += '\n';
    }
  return lines;
}

std::vector<std::string> qemu_command(const std::string& name, const Node& node,
                                      const MachinePlace& place) {
  std::vector<std::string> words{"qemu-system-" + option(node, "arch", "x86_64"),
                                 "-name",
                                 name,
                                 "-nodefaults",
                                 "-no-user-config",
                                 "-display",
                                 "none",
                                 "-serial",
                                 "stdio",
                                 "-m",
                                 option(node, "memory", "256M"),
                                 "-smp",
                                 option(node, "cpus", "1")};
  const auto add = [&](const std::string& key, const std::string& value) {
    words.insert(words.end(), {key, value});
  };
  if (const auto accel = option(node, "accel", ""); !accel.empty()) {
    add("-accel", accel);
  } else {
    add("-accel", "kvm");  // the first that works
    add("-accel", "tcg");
  }
  for (const char* key : {"machine", "cpu", "kernel", "initrd", "append"})
    if (const auto value = option(node, key, ""); !value.empty())
      add(std::string("-") + key, value);
  if (!node.image.empty())
    add("-drive", fmt::format("file={},if=virtio,snapshot={}", property(node.image),
                              says_yes(node, "writable") ? "off" : "on"));
  int index = 0;
  for (const auto& interface : in_order(node)) {
    const auto& mac = node.interfaces.at(interface).mac;
    add("-netdev", fmt::format("socket,id=net{0},udp=127.0.0.1:{1},localaddr=127.0.0.1:{2}", index,
                               first_remote + index, first_local + index));
    add("-device", fmt::format("{},netdev=net{},mac={}", option(node, "adapter", "virtio-net-pci"),
                               index, mac ? *mac : place.mac_of({name, interface})));
    ++index;
  }
  words.insert(words.end(), node.command.begin(), node.command.end());
  return words;
}

}  // namespace

bool is_machine(NodeKind kind) {
  return kind == NodeKind::vpcs || kind == NodeKind::qemu;
}

void add_machine_gateways(Node& node) {
  if (!is_machine(node.kind)) return;
  int index = 0;
  for (const auto& name : in_order(node)) {
    node.interfaces.at(name).gateway =
        UdpGateway{.local = fmt::format("127.0.0.1:{}", first_remote + index),
                   .remote = fmt::format("127.0.0.1:{}", first_local + index)};
    ++index;
  }
}

std::vector<Route> namespace_routes(const Node& node) {
  return is_machine(node.kind) ? std::vector<Route>{} : node.routes;
}

std::vector<std::string> machine_problems(const Node& node) {
  std::vector<std::string> problems;
  if (node.kind == NodeKind::vpcs) check_vpcs(node, problems);
  if (node.kind == NodeKind::qemu) check_qemu(node, problems);
  return problems;
}

void choose_vpcs_macs(Topology& topology) {
  std::set<std::string> taken;
  for (const auto& [name, node] : topology.nodes)
    for (const auto& [interface_name, interface] : node.interfaces)
      if (interface.mac) taken.insert(*interface.mac);
  for (auto& [name, node] : topology.nodes) {
    if (node.kind != NodeKind::vpcs) continue;
    for (auto& [interface_name, interface] : node.interfaces) {
      const auto start = static_cast<int>(stable_hash(name) % vpcs_macs);
      for (int i = 0; !interface.mac && i < vpcs_macs; ++i) {
        const auto mac = fmt::format("{}{:02x}", vpcs_mac, (start + i) % vpcs_macs);
        if (taken.insert(mac).second) interface.mac = mac;
      }
    }
  }
}

std::string console_socket(const std::string& directory) {
  return directory + "/console";
}

MachinePlan plan_machine(const std::string& name, const Node& node, const MachinePlace& place) {
  MachinePlan plan{.node = node};
  plan.node.kind = NodeKind::netns;
  plan.privileged = says_yes(node, "privileged");
  plan.node.command = {place.console_program};
  if (plan.privileged) plan.node.command.emplace_back("--privileged");
  plan.node.command.push_back(console_socket(place.directory));
  std::vector<std::string> words;
  if (node.kind == NodeKind::vpcs) {
    plan.program = plan.package = "vpcs";
    plan.script = vpcs_script(node);
    plan.script_file = place.directory + "/startup.vpc";
    words = vpcs_command(node, plan.script_file);
    plan.node.environment.emplace("LINKFAB_SCRIPT", plan.script);  // another one: started anew
  } else {
    words = qemu_command(name, node, place);
    plan.program = words.front();
    plan.package = "qemu-system-x86";
    if (!node.image.empty()) plan.files.emplace_back(node.image, says_yes(node, "writable"));
    for (const char* key : {"kernel", "initrd"})
      if (const auto file = option(node, key, ""); !file.empty())
        plan.files.emplace_back(file, false);
  }
  plan.node.command.insert(plan.node.command.end(), words.begin(), words.end());
  return plan;
}

}  // namespace linkfab::fabric
