// CORE's scenarios, XML: https://coreemu.github.io/core/ and core/xml/corexml.py.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "formats/importers.hpp"
#include "formats/values.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;
using fabric::Interface;
using fabric::Link;

class CoreReader {
 public:
  CoreReader(const Item& root, Draft& draft) : root_(root), draft_(draft) {}

  void read() {
    if (root_.key() != "scenario")
      return root_.wrong(fmt::format("<scenario> is needed, not <{}>", root_.key()));
    if (auto name = root_.text_of("name"); !name.empty()) draft_.rename(std::move(name));
    root_.refused(
        {"services", "service_configurations", "configservice_configurations", "default_services"},
        "linkfab runs no services in nodes", "make them part of the node's command");
    root_.refused({"session_origin", "session_options", "session_hooks", "servers"},
                  "it is CORE's own affair", "leave it out");
    root_.refused({"mobility_configurations", "emane_global_configuration", "emane_configurations"},
                  "links do not change by where nodes are",
                  "play a scenario on the links (docs/scenarios.md)");
    root_.drawn({"session_metadata"});
    if (const auto networks = root_.find("networks"))
      for (const auto& network : networks->members()) read_network(network);
    if (const auto devices = root_.find("devices"))
      for (const auto& device : devices->members()) read_device(device);
    if (const auto links = root_.find("links"))
      for (const auto& link : links->members()) read_link(link);
    for (auto& [ends, cable] : cables_) add(cable);
  }

 private:
  struct Known {
    std::string name;       // here; empty: refused
    std::string interface;  // of an RJ45, the only one
  };
  struct Cable {
    Item at;
    Link link;
    bool one_way = false;  // the other direction is still to come
  };

  static void common(const Item& item) {
    item.drawn({"position", "canvas", "icon"});
    item.mapped({"opaque", "emane"});
    item.refused({"server"}, "all of a lab runs on this host", "leave it out");
  }

  Known* known(const Item& item, std::string& name) {
    const auto id = item.text_of("id");
    name = item.text_of("name", "n" + id);
    if (id.empty()) return item.wrong("'id' is missing"), nullptr;
    const auto [place, added] = nodes_.try_emplace(id);
    if (!added) return item.wrong(fmt::format("id {} is there already", id)), nullptr;
    common(item);
    return &place->second;
  }

  void read_network(const Item& item) {
    std::string name;
    auto* const network = known(item, name);
    if (network == nullptr) return;
    const auto type = item.text_of("type");
    if (type == "SWITCH" || type == "HUB") {
      network->name = draft_.add_switch(
          item, name,
          {.kind = type == "HUB" ? fabric::SegmentKind::hub : fabric::SegmentKind::learning,
           .ports = {}});
    } else if (type == "RJ45") {
      auto gateway = fabric::parse_gateway("nic", {{"device", name}});
      if (!gateway) return item.wrong(gateway.error().cause);
      network->name = draft_.host();
      network->interface =
          draft_.add_interface(item, network->name, name, {.gateway = *std::move(gateway)});
    } else if (type == "TUNNEL") {
      item.refused("GRE tunnels are no gateways of linkfab", "use a vxlan gateway on both sides");
    } else if (type == "WIRELESS_LAN" || type == "WIRELESS" || type == "EMANE") {
      item.refused("it is a radio network, whose links depend on where nodes are",
                   "join the nodes by a hub, with impairments toward each");
    } else {
      item.refused(fmt::format("linkfab has no networks of type '{}'", type),
                   "use a segment or a gateway");
    }
  }

  void read_device(const Item& item) {
    std::string name;
    auto* const device = known(item, name);
    if (device == nullptr) return;
    const auto kind = item.text_of("class");
    const auto type = item.text_of("type");
    fabric::Node node;
    if (const auto image = item.text_of("image"); !image.empty()) {
      node.kind = fabric::NodeKind::docker;
      node.image = image;
    } else if (!kind.empty()) {
      return item.wrong(fmt::format("a device of class {} needs an image", kind));
    }
    if (type == "router" || type == "mdr" || type == "prouter") {
      node.sysctls = {{"net.ipv4.ip_forward", "1"}, {"net.ipv6.conf.all.forwarding", "1"}};
      item.find("type")->approximated("it forwards packets, and runs no routing daemon",
                                      "start one by the node's command: examples/frr-chain.json");
    }
    item.refused({"services", "configservices", "compose", "compose_name"},
                 "linkfab runs no services in nodes", "make them part of the node's command");
    device->name = draft_.add_node(item, name, std::move(node));
  }

  static std::string either(const Item& item, std::string_view key, std::string_view old) {
    return item.text_of(key, item.text_of(old));
  }

  std::optional<Endpoint> read_end(const Item& link, int side) {
    static constexpr std::array<std::string_view, 2> nodes{"node1", "node2"};
    static constexpr std::array<std::string_view, 2> old_nodes{"node_one", "node_two"};
    static constexpr std::array<std::string_view, 2> interfaces{"iface1", "iface2"};
    static constexpr std::array<std::string_view, 2> old_interfaces{"interface_one",
                                                                    "interface_two"};
    const auto which = static_cast<std::size_t>(side);
    const auto id = either(link, nodes[which], old_nodes[which]);
    const auto found = nodes_.find(id);
    if (found == nodes_.end())
      return link.wrong(fmt::format("{}: there is no node with id '{}'", nodes[which], id)),
             std::nullopt;
    const auto& [name, only] = found->second;
    if (name.empty()) {
      link.refused("linkfab does not have the network at its end", "join the nodes in another way");
      return std::nullopt;
    }
    auto item = link.find(interfaces[which]);
    if (!item) item = link.find(old_interfaces[which]);
    if (!only.empty()) {
      if (item) item->mapped();
      return Endpoint{name, only};
    }
    if (draft_.is_switch(name)) {
      auto port = item ? item->text_of("name") : "";
      if (port.empty() && item) port = "veth" + item->text_of("id");
      if (item) item->mapped();
      // Names of ports are not always told apart there.
      return Endpoint{name, fmt::format("n{}-{}", other_id(link, side), port)};
    }
    if (!item) return Endpoint{name, fmt::format("eth{}", draft_.node(name).interfaces.size())};
    return read_interface(*item, name);
  }

  static std::string other_id(const Item& link, int side) {
    return side == 0 ? either(link, "node2", "node_two") : either(link, "node1", "node_one");
  }

  Endpoint read_interface(const Item& item, const std::string& node) {
    const auto id = item.text_of("id", "0");
    const auto name = item.text_of("name", "eth" + id);
    auto& here = interfaces_[{node, name}];
    if (here.empty()) here = draft_.add_interface(item, node, name);
    auto& interface = draft_.node(node).interfaces.at(here);
    if (const auto mac = item.find("mac"))
      if (const auto text = mac->text(); text && !text->empty()) set_mac(*mac, interface, *text);
    for (const auto* family : {"ip4", "ip6"})
      if (const auto address = item.find(family))
        if (const auto text = address->text(); text && !text->empty())
          add_address(*address, interface,
                      fmt::format("{}/{}", *text,
                                  item.text_of(fmt::format("{}_mask", family),
                                               family[2] == '4' ? "32" : "128")));
    item.mapped({"ip4_mask", "ip6_mask"});
    if (const auto mtu = item.find("mtu"))
      if (const auto bytes = mtu->whole(68, 65535))
        set_mtu(interface, static_cast<std::uint32_t>(*bytes));
    return {node, here};
  }

  // A link whose options are for one direction has another element, with its ends swapped.
  void read_link(const Item& item) {
    const auto a = read_end(item, 0);
    const auto b = a ? read_end(item, 1) : std::nullopt;
    if (!a || !b) return;
    fabric::Impairment impairment;
    bool one_way = false;
    if (const auto options = item.find("options")) {
      for (const auto& option : options->members()) read_option(option, impairment);
      if (const auto flag = options->find("unidirectional")) one_way = flag->flag().value_or(false);
    }
    item.mapped({"network"});
    if (const auto found = cables_.find({*b, *a});
        found != cables_.end() && found->second.one_way) {
      found->second.one_way = false;
      found->second.link.b_to_a = impairment;
      return;
    }
    const auto [place, added] = cables_.try_emplace(
        {*a, *b}, Cable{item, {.a = *a, .b = *b, .a_to_b = impairment, .b_to_a = {}}, one_way});
    if (!added)
      return item.wrong(fmt::format("{} and {} are joined already", format(*a), format(*b)));
    if (!one_way) place->second.link.b_to_a = impairment;
  }

  void add(Cable& cable) { draft_.add_link(cable.at, std::move(cable.link)); }

  static void read_option(const Item& item, fabric::Impairment& impairment) {
    const auto& key = item.key();
    if (key == "delay") {
      set_delay(item, impairment, "delay", 1e3);
    } else if (key == "jitter") {
      set_delay(item, impairment, "jitter", 1e3);
      if (impairment.jitter.count() > 0)
        set_impairment(item, impairment, "delay-correlation", "25%");
    } else if (key == "bandwidth") {
      set_rate(item, impairment, 1);
    } else if (key == "loss" || key == "per") {
      set_percent(item, impairment, "loss");
    } else if (key == "dup") {
      set_percent(item, impairment, "duplicate");
    } else if (key == "buffer") {
      if (const auto frames = item.whole(0, INT32_MAX); frames.value_or(0) > 0)
        set_impairment(item, impairment, "limit", std::to_string(*frames));
    } else if (key != "unidirectional") {
      const auto value = item.text();
      if (value && (value->empty() || *value == "0" || *value == "0.0")) return;
      item.refused("wires of CORE do not have it either", "leave it out");
    }
  }

  const Item& root_;
  Draft& draft_;
  std::map<std::string, Known> nodes_;  // by id
  std::map<Endpoint, std::string> interfaces_;
  std::map<std::pair<Endpoint, Endpoint>, Cable> cables_;
};

}  // namespace

void read_core(const Item& root, Draft& draft, Documents& /*documents*/) {
  CoreReader{root, draft}.read();
}

}  // namespace linkfab::formats
