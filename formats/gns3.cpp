// GNS3 projects, .gns3 of 2.x and 3.x: https://github.com/GNS3/gns3-registry/wiki and the schemas
// of gns3-server.
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/units.hpp"
#include "formats/importers.hpp"
#include "formats/values.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;
using fabric::Link;
using fabric::Node;
using fabric::NodeKind;

constexpr std::int64_t most_adapters = 99;

// The MAC address that lies so many after the first.
std::string mac_after(const std::string& first, std::int64_t steps) {
  std::uint64_t bits = 0;
  for (const char c : first)
    if (c != ':') bits = bits << 4U | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  bits += static_cast<std::uint64_t>(steps);
  std::string mac;
  for (unsigned shift = 48; shift != 0; shift -= 8)
    mac += fmt::format("{}{:02x}", mac.empty() ? "" : ":", bits >> (shift - 8) & 0xffU);
  return mac;
}

class Gns3Reader {
 public:
  Gns3Reader(const Item& root, Draft& draft) : root_(root), draft_(draft) {}

  void read() {
    const auto revision = root_.find("revision");
    if (revision && revision->whole(0, 1'000'000).value_or(9) < 6)
      return revision->wrong("a project of GNS3 1.x; open it once in GNS3 2.x, which converts it");
    root_.mapped(
        {"type", "version", "project_id", "auto_start", "auto_open", "auto_close", "created_by"});
    root_.drawn({"scene_width", "scene_height", "zoom", "grid_size", "drawing_grid_size",
                 "show_grid", "show_interface_labels", "show_layers", "snap_to_grid", "supplier"});
    root_.refused({"variables"}, "variables of a project are for its drawings and nodes",
                  "set what they are for in the nodes' environment");
    if (auto name = root_.text_of("name"); !name.empty()) draft_.rename(std::move(name));
    const auto topology = root_.find("topology");
    if (!topology || !topology->is_map())
      return root_.wrong("'topology' is missing: this is no GNS3 project");
    topology->drawn({"drawings"});
    topology->refused({"computes"}, "all of a lab runs on this host",
                      "take the nodes of other computes out, or join the hosts by VXLAN gateways");
    if (const auto nodes = topology->find("nodes"))
      for (const auto& node : nodes->list()) read_node(node);
    if (const auto links = topology->find("links"))
      for (const auto& link : links->list()) read_link(link);
  }

 private:
  // A node as links see it.
  struct Known {
    std::string type;
    std::string name;                 // here; empty: refused
    std::vector<std::string> clouds;  // interfaces of the host, by port
  };

  void read_node(const Item& item) {
    const auto id = item.text_of("node_id");
    const auto type = item.text_of("node_type");
    const auto name = item.text_of("name");
    if (id.empty() || type.empty() || name.empty())
      return item.wrong("a node needs node_id, node_type and name");
    if (nodes_.contains(id)) return item.wrong(fmt::format("node_id {} is there already", id));
    item.drawn({"x", "y", "z", "symbol", "label", "width", "height", "locked"});
    item.mapped({"compute_id", "template_id"});
    item.refused(
        {"console", "console_type", "console_auto_start", "aux", "aux_type", "console_host"},
        "linkfab has no consoles in the network", "`linkfab shell` or `linkfab console` opens one");
    auto& known = nodes_[id];
    known.type = type;
    if (type == "docker") {
      read_docker(item, known);
    } else if (type == "vpcs") {
      known.name = draft_.add_node(item, name, {.kind = NodeKind::vpcs});
      draft_.node(known.name).interfaces.try_emplace("eth0");
      shape_ports(item);
    } else if (type == "qemu") {
      read_qemu(item, known);
    } else if (type == "ethernet_switch" || type == "ethernet_hub") {
      read_switch(item, known);
    } else if (type == "cloud" || type == "nat") {
      read_cloud(item, known);
    } else {
      item.refused(fmt::format("linkfab starts no nodes of type {}", type), advice(type));
    }
  }

  static std::string advice(const std::string& type) {
    if (type == "frame_relay_switch" || type == "atm_switch")
      return "its links are serial, which no fabric of Ethernet carries";
    return "start it yourself, and lead a link to it by a udp gateway or a tap";
  }

  static void shape_ports(const Item& item) {
    item.mapped({"first_port_name", "port_name_format", "port_segment_size"});
  }

  [[nodiscard]] static Item properties(const Item& item) {
    const auto found = item.find("properties");
    return found ? *found : item;
  }

  // Interfaces eth0, eth1 …, with their MAC addresses.
  void add_adapters(const Item& item, const std::string& node) {
    const auto values = properties(item);
    const auto adapters = values.find("adapters");
    const auto count = adapters ? adapters->whole(0, most_adapters) : 1;
    const auto mac_item = values.find("mac_address");
    const auto mac = mac_item ? mac_item->text() : std::nullopt;
    for (std::int64_t i = 0; i < count.value_or(0); ++i) {
      auto& interface = draft_.node(node).interfaces[fmt::format("eth{}", i)];
      if (!mac || mac->empty()) continue;
      fabric::Interface first;
      set_mac(*mac_item, first, *mac);
      if (!first.mac) break;
      interface.mac = mac_after(*first.mac, i);
    }
    if (const auto custom = item.find("custom_adapters"))
      for (const auto& adapter : custom->list()) read_custom(adapter, node);
    shape_ports(item);
  }

  void read_custom(const Item& item, const std::string& node) {
    const auto number = item.find("adapter_number");
    const auto which = number ? number->whole(0, most_adapters) : std::nullopt;
    if (!which) return;
    item.refused({"port_name", "adapter_type"}, "interfaces are called eth0, eth1 …",
                 "leave it out");
    if (const auto mac = item.find("mac_address"))
      if (const auto text = mac->text(); text && !text->empty())
        set_mac(*mac, draft_.node(node).interfaces[fmt::format("eth{}", *which)], *text);
  }

  void read_docker(const Item& item, Known& known) {
    const auto values = properties(item);
    Node node{.kind = NodeKind::docker, .image = values.text_of("image")};
    if (node.image.empty()) return item.wrong("a docker node needs properties.image");
    if (const auto command = values.text_of("start_command"); !command.empty())
      node.command = command_of(command);
    if (const auto environment = values.find("environment"))
      if (const auto text = environment->text()) read_environment(*environment, *text, node);
    if (const auto memory = values.find("memory"))
      if (const auto megabytes = memory->whole(0, 1 << 24); megabytes.value_or(0) > 0)
        node.options["memory"] = fmt::format("{}m", *megabytes);
    if (auto cpus = values.text_of("cpus", "0"); cpus != "0" && cpus != "0.0")
      node.options["cpus"] = std::move(cpus);
    node.options["privileged"] = "true";  // as GNS3's are
    values.mapped({"container_id", "usage"});
    values.refused({"console_http_path", "console_http_port", "console_resolution"},
                   "linkfab has no consoles in the network", "`linkfab shell` opens one");
    values.refused({"extra_hosts", "extra_volumes"}, "GNS3 keeps them beside the project",
                   "add binds to the node");
    known.name = draft_.add_node(item, item.text_of("name"), std::move(node));
    add_adapters(item, known.name);
  }

  static void read_environment(const Item& item, std::string_view text, Node& node) {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      const auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty() || line == "\r") continue;
      const auto equals = line.find('=');
      if (equals == 0 || equals == std::string_view::npos)
        return item.wrong("lines of NAME=VALUE are needed");
      node.environment[std::string{line.substr(0, equals)}] = line.substr(equals + 1);
    }
  }

  void read_qemu(const Item& item, Known& known) {
    const auto values = properties(item);
    Node node{.kind = NodeKind::qemu, .image = values.text_of("hda_disk_image")};
    const auto take = [&](std::string_view key, const char* option) {
      if (auto text = values.text_of(key); !text.empty()) node.options[option] = std::move(text);
    };
    take("kernel_image", "kernel");
    take("initrd", "initrd");
    take("kernel_command_line", "append");
    take("adapter_type", "adapter");
    take("cpus", "cpus");
    if (const auto ram = values.find("ram"))
      if (const auto megabytes = ram->whole(0, 1 << 24); megabytes.value_or(0) > 0)
        node.options["memory"] = fmt::format("{}M", *megabytes);
    if (const auto platform = values.text_of("platform"); !platform.empty())
      node.options["arch"] = platform;
    if (const auto arguments = values.find("options"))
      if (const auto text = arguments->text(); text && !text->empty()) {
        arguments->approximated("its words are given to QEMU as they are",
                                "take out what names files, displays or network devices");
        if (auto words = shell_words(*text)) node.command = *std::move(words);
      }
    if (const auto disk = values.find("hda_disk_image"); disk && !node.image.empty())
      disk->approximated("the file is looked for beside the topology file, and is not written to",
                         "put the image there; \"writable\": \"yes\" writes to it");
    values.mapped(
        {"linked_clone", "usage", "qemu_path", "hda_disk_interface", "hda_disk_image_md5sum"});
    known.name = draft_.add_node(item, item.text_of("name"), std::move(node));
    add_adapters(item, known.name);
  }

  void read_switch(const Item& item, Known& known) {
    const auto values = properties(item);
    Switch made{.ports = {}};
    if (known.type == "ethernet_hub") made.kind = fabric::SegmentKind::hub;
    if (const auto ports = values.find("ports_mapping"))
      for (const auto& port : ports->list()) {
        const auto number = port.find("port_number");
        const auto which = number ? number->whole(0, 65535) : std::nullopt;
        if (!which) continue;
        port.mapped({"name"});
        if (!made.ports.try_emplace(fmt::format("e{}", *which), switch_port(port)).second)
          port.wrong(fmt::format("port {} is there already", *which));
      }
    // Access ports of the usual VLAN alone are a switch without any.
    if (std::ranges::all_of(made.ports, [](const auto& port) {
          return !port.second.tagged && port.second.vlan.value_or(1) == 1;
        }))
      for (auto& [name, port] : made.ports) port.vlan.reset();
    shape_ports(item);
    known.name = draft_.add_switch(item, item.text_of("name"), std::move(made));
  }

  static SwitchPort switch_port(const Item& item) {
    SwitchPort port;
    const auto type = item.text_of("type", "access");
    if (const auto vlan = item.find("vlan"))
      if (const auto number = vlan->whole(1, 4094)) port.vlan = static_cast<std::uint16_t>(*number);
    port.tagged = type != "access";
    if (type == "qinq")
      if (const auto at = item.find("type"))
        at->approximated("it is a trunk of single tags", "802.1ad needs a bridge of your own");
    item.mapped({"ethertype"});
    return port;
  }

  void read_cloud(const Item& item, Known& known) {
    const auto values = properties(item);
    known.name = draft_.host();
    if (known.type == "nat") {
      item.approximated("it is a gateway to libvirt's bridge virbr0",
                        "start libvirt's default network");
      known.clouds = {gateway(item, "nat0", "bridge", {{"device", "virbr0"}})};
      return;
    }
    values.refused({"remote_console_host", "remote_console_port", "remote_console_type",
                    "remote_console_http_path", "usage"},
                   "linkfab has no consoles in the network", "leave it out");
    values.mapped({"interfaces"});
    const auto ports = values.find("ports_mapping");
    if (!ports) return;
    for (const auto& port : ports->list()) known.clouds.push_back(read_cloud_port(port));
  }

  std::string read_cloud_port(const Item& port) {
    const auto type = port.text_of("type");
    const auto name = port.text_of("name", type);
    port.mapped({"port_number"});
    if (type == "udp")
      return gateway(port, name, "udp",
                     {{"local", "0.0.0.0:" + port.text_of("lport")},
                      {"remote", port.text_of("rhost") + ":" + port.text_of("rport")}});
    const auto device = port.text_of("interface", name);
    if (type == "ethernet") return gateway(port, device, "nic", {{"device", device}});
    if (type == "tap") return gateway(port, device, "tap", {{"device", device}});
    port.wrong(fmt::format("type '{}' is none of ethernet, tap and udp", type));
    return "";
  }

  std::string gateway(const Item& at, const std::string& name, std::string_view type,
                      const fabric::GatewayOptions& options) {
    auto made = fabric::parse_gateway(type, options);
    if (made) return draft_.add_interface(at, draft_.host(), name, {.gateway = *std::move(made)});
    at.wrong(made.error().cause);
    return "";
  }

  std::optional<Endpoint> read_end(const Item& link, const Item& item) {
    const auto node = item.find("node_id");
    const auto id = node ? node->text() : std::nullopt;
    if (!id) return item.wrong("'node_id' is missing"), std::nullopt;
    item.drawn({"label"});
    const auto found = nodes_.find(*id);
    if (found == nodes_.end())
      return node->wrong(fmt::format("there is no node {}", *id)), std::nullopt;
    const auto adapter_item = item.find("adapter_number");
    const auto port_item = item.find("port_number");
    const auto adapter = adapter_item ? adapter_item->whole(0, most_adapters) : 0;
    const auto port = port_item ? port_item->whole(0, 65535) : 0;
    if (!adapter || !port) return std::nullopt;
    const auto& known = found->second;
    if (known.name.empty()) {
      link.refused("linkfab does not have the node at its end",
                   "lead the link to it by a gateway of a host node");
      return std::nullopt;
    }
    if (known.type == "ethernet_switch" || known.type == "ethernet_hub")
      return Endpoint{known.name, fmt::format("e{}", *port)};
    if (known.type == "cloud" || known.type == "nat") {
      const auto which = static_cast<std::size_t>(*port);
      if (which >= known.clouds.size())
        return item.wrong(fmt::format("the cloud has no port {}", *port)), std::nullopt;
      return Endpoint{known.name, known.clouds[which]};
    }
    return Endpoint{known.name, fmt::format("eth{}", *adapter)};
  }

  void read_link(const Item& item) {
    item.mapped({"link_id", "link_type"});
    item.drawn({"link_style", "markers", "show_filters_icon", "link_color"});
    item.refused({"capturing", "capture_file_name", "capture_compute_id"}, "captures are not kept",
                 "`linkfab capture` makes one");
    if (item.text_of("link_type", "ethernet") != "ethernet")
      return item.refused("it is serial, and the fabric carries Ethernet", "leave it out");
    const auto nodes = item.find("nodes");
    const auto ends = nodes ? nodes->list() : std::vector<Item>{};
    if (ends.size() != 2)
      return item.wrong(fmt::format("a link has two nodes, not {}", ends.size()));
    Link link;
    if (const auto suspend = item.find("suspend")) link.up = !suspend->flag().value_or(false);
    if (const auto filters = item.find("filters"))
      for (const auto& filter : filters->members()) read_filter(filter, link.a_to_b);
    link.b_to_a = link.a_to_b;
    const auto a = read_end(item, ends[0]);
    const auto b = read_end(item, ends[1]);
    if (!a || !b || a->interface.empty() || b->interface.empty()) return;
    link.a = *a;
    link.b = *b;
    draft_.add_link(item, std::move(link));
  }

  // One chain, which the frames of both directions pass.
  static void read_filter(const Item& filter, fabric::Impairment& impairment) {
    const auto& name = filter.key();
    const auto values = filter.list();
    if (values.empty()) return;
    if (name == "delay") {
      set_delay(values[0], impairment, "delay", 1e6);
      if (values.size() > 1) set_delay(values[1], impairment, "jitter", 1e6);
    } else if (name == "packet_loss") {
      set_percent(values[0], impairment, "loss");
    } else if (name == "corrupt") {
      set_percent(values[0], impairment, "corrupt");
    } else if (name == "frequency_drop") {
      const auto every = values[0].whole(-1, 32767).value_or(0);
      if (every == -1) set_impairment(values[0], impairment, "loss", "100%");
      if (every > 0) set_impairment(values[0], impairment, "drop-every", std::to_string(every));
    } else if (name == "bpf") {
      read_bpf(values[0], impairment);
    } else {
      filter.refused("linkfab does not know this filter",
                     "look for an impairment that does the same (docs/topology-file.md)");
    }
  }

  // A filter a line, each of which drops what it matches.
  static void read_bpf(const Item& item, fabric::Impairment& impairment) {
    const auto text = item.text();
    if (!text) return;
    std::string_view rest = *text;
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size());
      const std::string line{rest.substr(0, end)};
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (impairment.classes.size() == netem::most_classes)
        return item.wrong(fmt::format("a link has at most {} filters", netem::most_classes));
      netem::TrafficClass dropped{.match = line};
      set_impairment(item, dropped.impairment, "loss", "100%");
      impairment.classes.push_back(std::move(dropped));
    }
  }

  const Item& root_;
  Draft& draft_;
  std::map<std::string, Known> nodes_;  // by node_id
};

}  // namespace

void read_gns3(const Item& root, Draft& draft, Documents& /*documents*/) {
  Gns3Reader{root, draft}.read();
}

}  // namespace linkfab::formats
