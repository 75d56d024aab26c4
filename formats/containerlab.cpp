// containerlab's topology definition, https://containerlab.dev/manual/topo-def-file/.
#include <map>
#include <utility>

#include <fmt/format.h>

#include "fabric/json_text.hpp"
#include "fabric/switch_settings.hpp"
#include "fabric/topology_file.hpp"
#include "formats/containerlab_labels.hpp"
#include "formats/importers.hpp"
#include "formats/values.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;
using fabric::Interface;
using fabric::Link;
using fabric::Node;
using fabric::NodeKind;

constexpr std::uint32_t usual_mtu = 9500;    // of containerlab's veth pairs
constexpr std::uint16_t vxlan_port = 14789;  // where dst-port says nothing

// What a node has, from the nearest that says it: itself, its group, its kind, the defaults.
class Layers {
 public:
  Layers(const Item& topology, const Item& node) {
    add(node);
    const auto group = text("group");
    if (!group.empty()) add(topology, "groups", group);
    kind_ = text("kind");
    if (kind_.empty())
      if (const auto defaults = topology.find("defaults")) kind_ = defaults->text_of("kind");
    if (!kind_.empty()) add(topology, "kinds", kind_);
    if (const auto defaults = topology.find("defaults")) add(*defaults);
  }

  [[nodiscard]] const std::string& kind() const { return kind_; }
  [[nodiscard]] std::string text(std::string_view key) const {
    std::string nearest;
    for (const auto& layer : layers_) {
      auto value = layer.text_of(key);
      if (nearest.empty()) nearest = std::move(value);
    }
    return nearest;
  }
  // Every layer that has it, the nearest first.
  [[nodiscard]] std::vector<Item> all(std::string_view key) const {
    std::vector<Item> found;
    for (const auto& layer : layers_)
      if (auto item = layer.find(key)) found.push_back(*std::move(item));
    return found;
  }
  [[nodiscard]] std::map<std::string, std::string> merged(std::string_view key) const {
    std::map<std::string, std::string> values;
    for (const auto& map : all(key))
      for (const auto& member : map.members())
        if (auto value = member.text()) values.emplace(member.key(), *std::move(value));
    return values;
  }

 private:
  void add(const Item& layer) {
    if (layer.is_null()) {
      layer.mapped();
    } else {
      if (!layer.is_map()) layer.wrong("an object is needed");
      layers_.push_back(layer);
    }
  }
  void add(const Item& topology, std::string_view table, const std::string& name) {
    if (const auto all = topology.find(table))
      if (const auto found = all->find(name)) add(*found);
  }

  std::vector<Item> layers_;
  std::string kind_;
};

class ContainerlabReader {
 public:
  ContainerlabReader(const Item& root, Draft& draft) : root_(root), draft_(draft) {}

  void read() {
    root_.mapped({"name", "prefix"});
    root_.refused({"mgmt"}, "there is no management network in a lab",
                  "reach nodes with `linkfab exec`; publish nothing of a lab by accident");
    root_.refused({"settings"}, "it is containerlab's own affair", "leave it out");
    if (root_.has_text("${"))
      return root_.wrong(
          "it has variables of the environment (${NAME}); expand them first: envsubst < FILE");
    if (root_.has_text("{{"))
      return root_.wrong("it is a template; render it with containerlab first");
    const auto topology = root_.find("topology");
    if (!topology) return root_.wrong("'topology' is missing: this is no containerlab file");
    const auto nodes = topology->find("nodes");
    if (!nodes) return topology->wrong("'nodes' is missing");
    for (const auto& node : nodes->members()) read_node(*topology, node);
    if (const auto links = topology->find("links"))
      for (const auto& link : links->list()) read_link(link);
    for (const auto& [name, exec] : lines_) configure_node(name, exec);
    unused(*topology);
  }

 private:
  void read_node(const Item& topology, const Item& item) {
    const Layers layers{topology, item};
    const auto& kind = layers.kind();
    const auto labels = layers.merged("labels");
    const auto own = labels.contains(kind_label) ? labels.at(kind_label) : "";
    if (kind == "ovs-bridge" && own.empty()) {
      const bool ours = labels.contains(switch_label);
      Node bridge{.kind = NodeKind::bridge};
      if (ours) read_switch(layers, labels, item, bridge);
      names_[item.key()] = draft_.add_node(item, item.key(), std::move(bridge));
      if (ours) return rest(layers);
      at_kind(layers, item)
          .approximated("containerlab takes a bridge of the host; here it is a switch of the lab",
                        "name its controllers in the topology file; without, it learns by itself");
      rest(layers);
      return;
    }
    if (kind == "bridge" || kind == "ovs-bridge") {
      const auto name = draft_.add_switch(
          item, item.key(),
          {.kind = own == "hub" ? fabric::SegmentKind::hub : fabric::SegmentKind::learning,
           .ports = {}});
      names_[item.key()] = name;
      if (own.empty())
        at_kind(layers, item)
            .approximated(
                "containerlab takes a bridge of the host; here it is a segment of the lab",
                "a gateway of type bridge leads to one of the host");
      rest(layers);
      return;
    }
    if (kind == "host") {
      names_[item.key()] = draft_.host();
      rest(layers);
      return;
    }
    Node node{.kind = own == "netns" ? NodeKind::netns : NodeKind::docker};
    node.image = layers.text("image");
    if (kind == "ext-container") {
      node = {.kind = NodeKind::external, .options = {{"container", item.key()}}};
    } else if (node.kind == NodeKind::netns) {
      node.image.clear();
    } else if (node.image.empty()) {
      return item.wrong(
          fmt::format("it has no image; add \"image\" to the node, or to its kind '{}'", kind));
    } else if (kind != "linux") {
      at_kind(layers, item)
          .approximated(
              "it is started as a plain container, without what containerlab does for its kind",
              "give it the files, command and sysctls that its vendor documents");
    }
    read_options(layers, node);
    names_[item.key()] = draft_.add_node(item, item.key(), std::move(node));
    for (const auto& list : layers.all("exec"))
      for (const auto& line : list.list()) lines_.emplace_back(names_[item.key()], line);
    rest(layers);
  }

  // What the export has put into labels (formats/containerlab_labels.hpp).
  void read_switch(const Layers& layers, const std::map<std::string, std::string>& labels,
                   const Item& item, Node& bridge) {
    const auto object = [&](const char* label) {
      const auto found = labels.find(label);
      auto read = found == labels.end()
                      ? Json::Value(Json::objectValue)
                      : fabric::parse_json(found->second).value_or(Json::Value(Json::nullValue));
      if (read.isObject()) return read;
      for (const auto& all : layers.all("labels"))
        if (const auto at = all.find(label)) at->wrong("a JSON object is needed");
      return Json::Value(Json::objectValue);
    };
    bridge.switch_settings = fabric::format_switch_settings(object(switch_label));
    const auto called = object(interfaces_label);
    for (const auto& there : called.getMemberNames())
      if (called[there].isString()) called_[{item.key(), there}] = called[there].asString();
  }

  // Where the kind is said, else the node.
  static Item at_kind(const Layers& layers, const Item& node) {
    const auto kinds = layers.all("kind");
    return kinds.empty() ? node : kinds.front();
  }

  static void read_options(const Layers& layers, Node& node) {
    if (const auto command = layers.text("cmd"); !command.empty())
      node.command = command_of(command);
    if (node.kind == NodeKind::external) return;
    node.environment = layers.merged("env");
    node.sysctls = layers.merged("sysctls");
    for (const auto& list : layers.all("binds"))
      for (const auto& bind : list.list())
        if (auto text = bind.text()) node.binds.push_back(*std::move(text));
    if (node.kind != NodeKind::docker) return;
    for (const auto& [key, option] :
         {std::pair{"cpu", "cpus"}, {"memory", "memory"}, {"user", "user"}})
      if (auto value = layers.text(key); !value.empty())
        node.options[option] = option == std::string_view{"memory"} ? memory_of(value) : value;
    for (const auto& mode : layers.all("network-mode")) {
      const auto text = mode.text();
      if (text && *text != "none")
        mode.refused("a node's network is its links", "join it by links, or by a gateway");
    }
    node.options["privileged"] = "true";  // as all of containerlab's are
  }

  // What a layer says beyond that.
  static void rest(const Layers& layers) {
    for (const auto& each : layers.all("ports"))
      each.refused("no port of the host is published",
                   "use a link to the host, or a gateway, to reach the node");
    for (const auto* key : {"startup-config", "startup-delay", "enforce-startup-config", "config",
                            "license", "stages", "healthcheck", "certificate", "auto-remove",
                            "suppress-startup-config", "type", "runtime"})
      for (const auto& each : layers.all(key))
        each.refused("containerlab does it at the node's start",
                     "bind the file into the node, or do it with `linkfab exec` once it runs");
    for (const auto* key : {"mgmt-ipv4", "mgmt-ipv6", "aliases", "dns", "publish"})
      for (const auto& each : layers.all(key))
        each.refused("there is no management network in a lab", "reach nodes with `linkfab exec`");
    for (const auto& each : layers.all("entrypoint"))
      each.refused("the image's own entry point is run", "make an image of another one");
    for (const auto& labels : layers.all("labels"))
      for (const auto& label : labels.members())
        if (label.key() == kind_label || label.key() == switch_label ||
            label.key() == interfaces_label)
          label.mapped();
        else
          label.refused("containers have linkfab's labels only", "leave it out");
    for (const auto* key : {"graph-icon", "graph-posX", "graph-posY"})
      for (const auto& each : layers.all(key))
        each.approximated("how the lab is drawn is not kept",
                          "`linkfab export --format svg` draws it anew");
  }

  // Kinds and groups that no node is of have no effect there either.
  static void unused(const Item& topology) {
    for (const auto* table : {"kinds", "groups"})
      if (const auto all = topology.find(table))
        for (const auto& each : all->members())
          if (each.untouched()) each.mapped("no node is of it");
  }

  void configure_node(const std::string& name, const Item& line) {
    const auto text = line.text();
    if (!text || configure(draft_.node(name), *text)) return;
    line.refused("commands are not run at the start of a node",
                 "run it with `linkfab exec`, or make it the node's command");
  }

  // "node:interface", or an object with these.
  struct End {
    std::string node;
    std::string interface;
    std::vector<Item> settings;
  };
  static std::optional<End> read_end(const Item& item) {
    End end;
    if (item.is_map()) {
      end = {item.text_of("node"), item.text_of("interface"), {item}};
    } else if (const auto text = item.text()) {
      const auto colon = text->find(':');
      if (colon != std::string::npos) end = {text->substr(0, colon), text->substr(colon + 1), {}};
    }
    if (!end.node.empty() && !end.interface.empty()) return end;
    item.wrong("an end of a link is needed: \"NODE:INTERFACE\"");
    return std::nullopt;
  }

  void read_link(const Item& item) {
    if (!item.is_map()) return item.wrong("a link is an object with 'endpoints'");
    const auto type = item.text_of("type");
    std::vector<Item> ends;
    if (const auto endpoints = item.find("endpoints")) ends = endpoints->list();
    if (const auto endpoint = item.find("endpoint")) ends.push_back(*endpoint);
    item.refused({"labels"}, "links have no labels", "leave it out");
    const bool two = type.empty() || type == "veth" || type == "veth-stitch";
    if (two && ends.size() != 2)
      return item.wrong(fmt::format("a link has two endpoints, not {}", ends.size()));
    if (!two && ends.size() != 1)
      return item.wrong(
          fmt::format("a link of type {} has one endpoint, not {}", type, ends.size()));
    const auto mtu_item = item.find("mtu");
    const auto mtu = mtu_item ? mtu_item->whole(68, 65535) : usual_mtu;
    if (!mtu) return;
    mtu_ = static_cast<std::uint32_t>(*mtu);
    if (two) return join(item, ends[0], ends[1]);
    const auto end = own_end(ends[0]);
    if (!end) return;
    if (type == "dummy") {
      if (draft_.is_switch(end->node))
        return item.refused("a port of a segment that leads nowhere has no effect", "leave it out");
      draft_.node(end->node).interfaces[end->interface].carrier_always = true;
      return;
    }
    const auto other = far_end(item, type);
    if (other) add(item, *end, *other);
  }

  void join(const Item& item, const Item& a, const Item& b) {
    const auto first = any_end(item, a);
    const auto second = any_end(item, b);
    if (first && second) add(item, *first, *second);
    for (const auto* family : {"ipv4", "ipv6"})
      if (const auto list = item.find(family)) {
        const auto both = list->list();
        for (std::size_t i = 0; i < both.size() && i < 2; ++i)
          if (const auto& end = i == 0 ? first : second; end) add_text(both[i], *end);
      }
  }

  // An end of a link of two: of a node, or one of the words that stand for the world outside.
  std::optional<Endpoint> any_end(const Item& link, const Item& item) {
    const auto end = read_end(item);
    if (!end) return std::nullopt;
    if (end->node == "host" && !names_.contains("host")) return device(item, end->interface);
    if (end->node == "macvlan") return nic(item, end->interface);
    if (end->node == "mgmt-net") return management(link, item, end->interface);
    return own_end(item);
  }

  std::optional<Endpoint> own_end(const Item& item) {
    const auto end = read_end(item);
    if (!end) return std::nullopt;
    const auto found = names_.find(end->node);
    if (found == names_.end()) {
      item.wrong(fmt::format("there is no node '{}'", end->node));
      return std::nullopt;
    }
    const auto& node = found->second;
    if (draft_.is_switch(node)) return Endpoint{node, interface_name(end->interface)};
    auto& known = interfaces_[{node, end->interface}];
    if (known.empty()) {
      const auto called = called_.find({end->node, end->interface});
      known = draft_.add_interface(item, node,
                                   called == called_.end() ? end->interface : called->second);
    }
    auto& interface = draft_.node(node).interfaces.at(known);
    set_mtu(interface, mtu_);
    for (const auto& settings : end->settings) {
      if (const auto mac = settings.find("mac"))
        if (const auto text = mac->text()) set_mac(*mac, interface, *text);
      for (const auto* family : {"ipv4", "ipv6"})
        if (const auto address = settings.find(family)) add_text(*address, {node, known});
    }
    return Endpoint{node, known};
  }

  void add_text(const Item& item, const Endpoint& end) {
    if (draft_.is_switch(end.node) || draft_.node(end.node).kind == NodeKind::bridge)
      return item.refused("a switch has no address", "give it to a node at the switch");
    if (const auto text = item.text(); text && !text->empty())
      add_address(item, draft_.node(end.node).interfaces[end.interface], *text);
  }

  std::optional<Endpoint> device(const Item& item, const std::string& name) {
    Interface interface;
    set_mtu(interface, mtu_);
    return Endpoint{draft_.host(), draft_.add_interface(item, draft_.host(), name, interface)};
  }

  std::optional<Endpoint> gateway(const Item& item, const std::string& name, fabric::Gateway to) {
    return Endpoint{draft_.host(),
                    draft_.add_interface(item, draft_.host(), name, {.gateway = std::move(to)})};
  }

  std::optional<Endpoint> nic(const Item& item, const std::string& device) {
    item.approximated(
        fmt::format(
            "the device {} comes into the lab as a whole; the host does not use it meanwhile",
            device),
        "set \"force\" if the host's default route goes through it");
    return gateway(item, device, fabric::NicGateway{.device = device, .vlan = {}});
  }

  std::optional<Endpoint> management(const Item& link, const Item& item, const std::string& name) {
    std::string bridge;
    if (const auto management = root_.find("mgmt"))
      if (const auto named = management->find("bridge"))
        if (const auto text = named->text()) bridge = *text;
    if (!bridge.empty()) return gateway(item, name, fabric::BridgeGateway{.device = bridge});
    link.refused("there is no management network in a lab",
                 "name a bridge of the host in mgmt.bridge, which a gateway then leads to");
    return std::nullopt;
  }

  // The other end of a link that has one endpoint.
  std::optional<Endpoint> far_end(const Item& item, const std::string& type) {
    const auto host_interface = item.text_of("host-interface");
    if (type == "host" || type == "macvlan" || type == "mgmt-net") {
      if (host_interface.empty()) {
        item.wrong("'host-interface' is missing");
        return std::nullopt;
      }
      if (type == "host") return device(item, host_interface);
      if (type == "mgmt-net") return management(item, item, host_interface);
      item.refused({"mode"}, "the device comes into the lab as a whole", "leave it out");
      return nic(item, host_interface);
    }
    if (type == "vxlan" || type == "vxlan-stitch") return vxlan(item);
    const auto at = item.find("type");
    (at ? *at : item)
        .wrong(fmt::format("'{}' is none of veth, veth-stitch, host, macvlan, mgmt-net, vxlan, "
                           "vxlan-stitch and dummy",
                           type));
    return std::nullopt;
  }

  std::optional<Endpoint> vxlan(const Item& item) {
    fabric::GatewayOptions options;
    const auto take = [&](std::string_view key, const char* option) {
      if (auto value = item.text_of(key); !value.empty()) options[option] = std::move(value);
    };
    options["port"] = std::to_string(vxlan_port);
    take("udp-port", "port");
    take("dst-port", "port");
    take("remote", "remote");
    take("vni", "vni");
    item.refused({"src-port", "parent-interface"}, "the kernel chooses it by the remote address",
                 "leave it out");
    auto to = fabric::parse_gateway("vxlan", options);
    if (!to) {
      item.wrong(to.error().cause);
      return std::nullopt;
    }
    return gateway(item, fmt::format("vx{}", options["vni"]), *std::move(to));
  }

  void add(const Item& item, const Endpoint& a, const Endpoint& b) {
    Link link{.a = a, .b = b, .a_to_b = {}, .b_to_a = {}};
    std::string name;
    if (const auto vars = item.find("vars")) {
      for (const auto& each : vars->members())
        if (each.key() != "linkfab")
          each.refused("variables are for containerlab's templates", "leave it out");
      if (const auto ours = vars->find("linkfab")) read_ours(*ours, link, name);
    }
    draft_.add_link(item, std::move(link), name);
  }

  // Keys of a link in a topology file.
  static void read_ours(const Item& item, Link& link, std::string& name) {
    if (!item.is_map()) return item.wrong("an object is needed, with the keys of a link");
    auto keys = item.json();
    const auto text = fmt::format(
        R"({{"nodes": {{"a": {{}}, "b": {{}}}}, "links": [{{"ends": ["a:a", "b:b"]{}{}]}})",
        keys == "{}" ? "" : ", ", keys.substr(1));
    const auto read = fabric::parse_topology(text, "vars");
    if (!read) {
      for (const auto& finding : read.error())
        item.wrong(fmt::format("{}: {}", finding.path, finding.error.cause));
      return;
    }
    item.mapped();
    const auto& [read_name, ours] = *read->links.begin();
    if (item.find("name")) name = read_name;
    link.a_to_b = ours.a_to_b;
    link.b_to_a = ours.b_to_a;
    link.up = ours.up;
    link.subtract_underlay = ours.subtract_underlay;
  }

  const Item& root_;
  Draft& draft_;
  std::uint32_t mtu_ = usual_mtu;                    // of the link that is read
  std::map<std::string, std::string> names_;         // of nodes there → here
  std::map<Endpoint, std::string> interfaces_;       // there → here
  std::map<Endpoint, std::string> called_;           // of switches, there → here, as labels say it
  std::vector<std::pair<std::string, Item>> lines_;  // to be held against configure()
};

}  // namespace

void read_containerlab(const Item& root, Draft& draft, Documents& /*documents*/) {
  ContainerlabReader{root, draft}.read();
}

}  // namespace linkfab::formats
