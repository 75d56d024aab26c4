// IMUNES' .imn: JSON since 3.0, a Tcl list before. https://github.com/imunes/imunes
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/units.hpp"
#include "formats/importers.hpp"
#include "formats/values.hpp"
#include "netem/address.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;

constexpr const char* imunes_image = "imunes/template";

std::vector<std::string> blank_words(std::string_view text) {
  return tcl_list(text).value_or(std::vector<std::string>{});
}

// "10.0.0.0/8 10.0.1.1": a destination and its gateway.
bool add_static_route(fabric::Node& node, const std::string& destination, const std::string& via) {
  const auto to = netem::canonical_destination(destination);
  const auto by = netem::canonical_address(via);
  if (!to || !by) return false;
  add_route(node, {*to, *by, ""});
  return true;
}

class ImunesReader {
 public:
  ImunesReader(const Item& root, Draft& draft) : root_(root), draft_(draft) {}

  void read_json() {
    root_.mapped({"options"});
    root_.drawn({"gui", "canvases", "annotations", "images"});
    const auto nodes = root_.find("nodes");
    if (!nodes) return root_.wrong("'nodes' is missing: this is no IMUNES file");
    for (const auto& node : nodes->members()) read_node(node, node.key(), "_");
    if (const auto links = root_.find("links"))
      for (const auto& link : links->members()) read_link(link, "_");
  }

  void read_tcl() {
    root_.drawn({"canvas", "option", "annotation", "image"});
    if (root_.members("node").empty()) root_.wrong("there is no node: this is no IMUNES file");
    for (const auto& node : root_.members("node")) read_node(node, node.text_of("id"), "-");
    for (const auto& link : root_.members("link")) read_link(link, "-");
  }

 private:
  struct Known {
    std::string name;                               // here; empty: refused
    std::map<std::string, std::string> interfaces;  // by id → here
    std::vector<std::pair<std::string, std::string>>
        peers;  // Tcl: interface and the node behind it
  };

  static std::string spelled(std::string_view key, char separator) {
    std::string result{key};
    std::ranges::replace(result, '_', separator);
    return result;
  }

  void read_node(const Item& item, const std::string& id, const char* separator) {
    const char between = separator[0];
    const auto [place, added] = nodes_.try_emplace(id);
    if (!added) return item.wrong(fmt::format("node {} is there already", id));
    item.drawn({"canvas", "iconcoords", "labelcoords", "customIcon", "custom-icon"});
    item.mapped({"model", "id"});
    for (const auto* key :
         {"services", "docker_attach", "router_config", "custom_configs", "custom_config",
          "custom_enabled", "custom_selected", "auto_default_routes", "events", "ipsec_config",
          "cpu", "packgen_config", "nat64_config"})
      item.refused({spelled(key, between)}, "linkfab runs no services in nodes",
                   "make it part of the node's command");
    const auto type = item.text_of("type");
    auto name = item.text_of("name", id);
    const auto config = item.find("network-config");
    const auto lines = config ? lines_of(*config) : std::vector<std::string>{};
    for (const auto& line : lines)
      if (line.starts_with("hostname ")) name = line.substr(9);
    auto& known = place->second;
    if (type == "lanswitch" || type == "stpswitch" || type == "hub") {
      known.name = draft_.add_switch(
          item, name,
          {.kind = type == "hub" ? fabric::SegmentKind::hub : fabric::SegmentKind::learning,
           .spanning_tree = type == "stpswitch",
           .ports = {}});
    } else if (type == "rj45") {
      known.name = draft_.host();
    } else if (is_host(type)) {
      add_host(item, name, type, spelled("custom_image", between), known);
    } else {
      item.refused(fmt::format("linkfab has no nodes of type '{}'", type), advice(type));
      return;
    }
    if (const auto interfaces = item.find("ifaces"))
      for (const auto& each : interfaces->members()) read_interface(item, each, type, known);
    for (const auto& peer : item.members("interface-peer"))
      if (const auto text = peer.text())
        read_peer(item, peer, blank_words(*text), type, name, known);
    if (config) read_config(*config, lines, known);
  }

  static bool is_host(const std::string& type) {
    return type == "pc" || type == "host" || type == "packgen" || type == "nat64" ||
           type == "router" || type.starts_with("router.");
  }

  static std::string advice(const std::string& type) {
    if (type == "pseudo") return "draw the link on one canvas";
    if (type == "ext" || type == "extnat" || type == "extelem")
      return "use a host node with a gateway, and let the host translate addresses";
    return "join the nodes in another way";
  }

  void add_host(const Item& item, const std::string& name, const std::string& type,
                const std::string& image_key, Known& known) {
    fabric::Node node{.kind = fabric::NodeKind::docker};
    node.image = item.text_of(image_key, item.text_of("docker-image", imunes_image));
    if (type.starts_with("router")) {
      node.sysctls = {{"net.ipv4.ip_forward", "1"}, {"net.ipv6.conf.all.forwarding", "1"}};
      item.find("type")->approximated("it forwards packets, and runs no routing daemon",
                                      "start one by the node's command: examples/frr-chain.json");
    }
    for (const auto* key : {"croutes4", "croutes6"})
      if (const auto routes = item.find(key)) {
        for (const auto& route : routes->list()) {
          const auto text = route.text();
          const auto words = text ? blank_words(*text) : std::vector<std::string>{};
          if (words.size() != 2 || !add_static_route(node, words[0], words[1]))
            route.refused("it is no \"DESTINATION GATEWAY\"", "add the route to the node");
        }
      }
    known.name = draft_.add_node(item, name, std::move(node));
  }

  void read_interface(const Item& node, const Item& item, const std::string& type, Known& known) {
    const auto name = item.text_of("name", item.key());
    const auto kind = item.text_of("type", "phys");
    item.mapped({"link"});
    item.refused({"queue_len", "ifc_qdisc", "ifc_qdrop", "stp_discover", "stp_edge", "nat_state"},
                 "linkfab's queues are those of links", "set the link's limit or queue");
    if (kind == "lo") return item.mapped("every node has it");
    if (type == "rj45") {
      fabric::GatewayOptions options{{"device", item.text_of("vlan_dev", name)}};
      if (auto vlan = item.text_of("vlan_tag"); !vlan.empty()) options["vlan"] = std::move(vlan);
      return add_nic(item, name, options, known.interfaces[item.key()]);
    }
    if (draft_.is_switch(known.name)) {
      const bool filtering = node.text_of("vlan_filtering", "0") == "1";
      SwitchPort port{.vlan = {}, .tagged = filtering && item.text_of("vlan_type") == "trunk"};
      if (const auto tag = item.find("vlan_tag"))
        if (const auto number = tag->whole(1, 4094); number && filtering)
          port.vlan = static_cast<std::uint16_t>(*number);
      item.mapped({"vlan_type", "mtu", "mac"});
      draft_.switch_named(known.name).ports[name] = port;
      known.interfaces[item.key()] = name;
      return;
    }
    if (kind != "phys")
      return item.refused(fmt::format("interfaces of type {} are made inside of nodes", kind),
                          "let the node's command make it");
    fabric::Interface made;
    if (const auto mac = item.find("mac"))
      if (const auto text = mac->text(); text && !text->empty()) set_mac(*mac, made, *text);
    if (const auto mtu = item.find("mtu"))
      if (const auto bytes = mtu->whole(68, 65535))
        set_mtu(made, static_cast<std::uint32_t>(*bytes));
    for (const auto* key : {"ipv4_addrs", "ipv6_addrs"})
      if (const auto addresses = item.find(key))
        for (const auto& address : addresses->list())
          if (const auto text = address.text()) add_address(address, made, *text);
    if (const auto state = item.find("oper_state"))
      if (const auto text = state->text(); text && *text == "down")
        state->refused("interfaces of nodes are up", "set the link \"up\": false");
    known.interfaces[item.key()] = draft_.add_interface(item, known.name, name, std::move(made));
  }

  void add_nic(const Item& item, const std::string& name, const fabric::GatewayOptions& options,
               std::string& here) {
    auto gateway = fabric::parse_gateway("nic", options);
    if (!gateway) return item.wrong(gateway.error().cause);
    here = draft_.add_interface(item, draft_.host(), name, {.gateway = *std::move(gateway)});
  }

  void read_peer(const Item& node, const Item& item, const std::vector<std::string>& words,
                 const std::string& type, const std::string& name, Known& known) {
    if (words.size() != 2) return item.wrong("{INTERFACE NODE} is needed");
    auto& here = known.interfaces[words[0]];
    if (!here.empty()) return item.wrong(fmt::format("{} is there already", words[0]));
    if (type == "rj45") {
      add_nic(node, name, {{"device", name}}, here);
    } else if (draft_.is_switch(known.name)) {
      here = words[0];
    } else {
      here = draft_.add_interface(item, known.name, words[0]);
    }
    known.peers.emplace_back(here, words[1]);
  }

  static std::vector<std::string> lines_of(const Item& config) {
    std::vector<std::string> lines;
    const auto text = config.text().value_or("");
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      auto line = text.substr(at, end - at);
      at = end + 1;
      line.erase(0, std::min(line.find_first_not_of('\t'), line.size()));
      line.erase(line.find_last_not_of(" \t\r") + 1);
      if (!line.empty()) lines.push_back(std::move(line));
    }
    return lines;
  }

  // The IOS-like text: blocks of "interface IF", each with lines that start with a blank.
  void read_config(const Item& item, const std::vector<std::string>& lines, const Known& known) {
    std::string current;
    std::vector<std::string> left;
    for (const auto& line : lines) {
      const auto words = blank_words(line);
      if (line == "!") current.clear();
      if (line == "!" || line.starts_with("hostname ") || words.empty()) continue;
      if (words.size() == 2 && words[0] == "interface") {
        current = words[1];
        continue;
      }
      const bool of_loopback = line.starts_with(' ') && current.starts_with("lo");
      if (draft_.is_switch(known.name) || of_loopback) continue;
      const auto found = known.interfaces.find(current);
      if (known.name.empty() || !read_line(item, line, words, known.name,
                                           found == known.interfaces.end() ? "" : found->second))
        left.push_back(line);
    }
    if (!left.empty())
      item.approximated(fmt::format("{} lines are not taken, the first of them is '{}'",
                                    left.size(), left.front()),
                        "do it in the node by hand");
  }

  bool read_line(const Item& item, const std::string& line, const std::vector<std::string>& words,
                 const std::string& node_name, const std::string& interface) {
    auto& node = draft_.node(node_name);
    if (!line.starts_with(' '))
      return words.size() == 4 && words[1] == "route" && add_static_route(node, words[2], words[3]);
    if (interface.empty()) return false;
    auto& made = node.interfaces.at(interface);
    if (words.size() == 3 && words[0] == "mac" && words[1] == "address")
      return set_mac(item, made, words[2]), true;
    if (words.size() == 3 && (words[0] == "ip" || words[0] == "ipv6") && words[1] == "address")
      return add_address(item, made, words[2]), true;
    if (words.size() == 2 && words[0] == "mtu") {
      const auto mtu = parse_integer(words[1], 68, 65535);
      if (mtu) set_mtu(made, static_cast<std::uint32_t>(*mtu));
      return mtu.has_value();
    }
    return words.size() == 1 && words[0] == "fifo-queue";
  }

  void read_link(const Item& item, const char* separator) {
    const char between = separator[0];
    item.drawn({"color", "width"});
    item.mapped({"direct", "id"});
    item.refused(
        {spelled("jitter_upstream", between), spelled("jitter_upstream_mode", between),
         spelled("jitter_upstream_hold", between), spelled("jitter_downstream", between),
         spelled("jitter_downstream_mode", between), spelled("jitter_downstream_hold", between)},
        "IMUNES on Linux does not apply it either",
        "play the delays as a scenario (docs/scenarios.md)");
    item.refused({"events"}, "links do not change by themselves",
                 "play a scenario (docs/scenarios.md)");
    item.refused({"mirror"}, "halves of a split link are not joined",
                 "draw the link on one canvas");
    if (const auto ber = item.find("ber"); ber && ber->text().value_or("0") != "0")
      ber->refused("IMUNES on Linux does not apply it either", "set the link's corrupt or loss");
    fabric::Link link;
    if (const auto bandwidth = item.find("bandwidth")) set_rate(*bandwidth, link.a_to_b, 1);
    if (const auto delay = item.find("delay")) set_delay(*delay, link.a_to_b, "delay", 1e3);
    if (const auto loss = item.find("loss")) set_percent(*loss, link.a_to_b, "loss");
    if (const auto copies = item.find("duplicate")) set_percent(*copies, link.a_to_b, "duplicate");
    link.b_to_a = link.a_to_b;
    const auto peers = blank_words(item.text_of("peers", item.text_of("nodes")));
    const auto interfaces = blank_words(item.text_of("peers_ifaces", item.text_of("ifaces")));
    if (peers.size() != 2) return item.wrong("a link has two nodes");
    const auto a = find_end(item, peers[0], peers[1], interfaces.size() == 2 ? interfaces[0] : "");
    const auto b = find_end(item, peers[1], peers[0], interfaces.size() == 2 ? interfaces[1] : "");
    if (!a || !b) return;
    link.a = *a;
    link.b = *b;
    draft_.add_link(item, std::move(link));
  }

  // By its name where the link tells it, else the first that leads to the other node and is free.
  std::optional<Endpoint> find_end(const Item& link, const std::string& id,
                                   const std::string& other, const std::string& interface) {
    const auto found = nodes_.find(id);
    if (found == nodes_.end())
      return link.wrong(fmt::format("there is no node '{}'", id)), std::nullopt;
    auto& known = found->second;
    if (known.name.empty()) {
      link.refused("linkfab does not have the node at its end", "join the nodes in another way");
      return std::nullopt;
    }
    if (!interface.empty()) {
      const auto here = known.interfaces.find(interface);
      if (here != known.interfaces.end() && !here->second.empty())
        return Endpoint{known.name, here->second};
      return link.wrong(fmt::format("node {} has no interface '{}'", id, interface)), std::nullopt;
    }
    const auto peer =
        std::ranges::find(known.peers, other, [](const auto& each) { return each.second; });
    if (peer == known.peers.end())
      return link.wrong(fmt::format("node {} has no free interface to {}", id, other)),
             std::nullopt;
    Endpoint end{known.name, peer->first};
    known.peers.erase(peer);
    return end;
  }

  const Item& root_;
  Draft& draft_;
  std::map<std::string, Known> nodes_;  // by id
};

}  // namespace

void read_imunes(const Item& root, Draft& draft, Documents& /*documents*/) {
  ImunesReader reader{root, draft};
  if (root.find("nodes")) {
    reader.read_json();
  } else {
    reader.read_tcl();
  }
}

}  // namespace linkfab::formats
