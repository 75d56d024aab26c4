// MiniEdit's .mn, version 2: mininet/examples/miniedit.py.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/switch_settings.hpp"
#include "formats/importers.hpp"
#include "formats/values.hpp"
#include "netem/address.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;

constexpr std::string_view version_key = "ovsOf";

class MiniEditReader {
 public:
  MiniEditReader(const Item& root, Draft& draft) : root_(root), draft_(draft) {}

  void read() {
    root_.mapped({"version"});
    read_application();
    if (const auto hosts = root_.find("hosts"))
      for (const auto& host : hosts->list()) read_host(host);
    if (const auto controllers = root_.find("controllers"))
      for (const auto& controller : controllers->list()) read_controller(controller);
    if (const auto switches = root_.find("switches"))
      for (const auto& each : switches->list()) read_switch(each);
    if (const auto links = root_.find("links"))
      for (const auto& link : links->list()) read_link(link);
  }

 private:
  struct Known {
    std::string name;
    std::string address;   // of the first interface
    std::size_t next = 0;  // port
  };

  void read_application() {
    const auto application = root_.find("application");
    if (!application) return;
    base_ = application->text_of("ipBase", base_);
    application->mapped({"startCLI", "terminalType", "switchType"});
    application->refused({"dpctl"}, "nothing is opened for it", "use `linkfab flows`");
    application->refused({"netflow", "sflow"}, "collectors are not taken over",
                         "give the switch a netflow or sflow (docs/topology-file.md)");
    if (const auto versions = application->find("openFlowVersions"))
      for (const auto& version : versions->members()) {
        const auto on = version.text();
        if (on == "1" && version.key().starts_with(version_key))
          versions_.append("OpenFlow" + version.key().substr(version_key.size()));
      }
    // Open vSwitch speaks it, and others beside it, without being told.
    if (versions_.size() == 1 && versions_[0] == "OpenFlow10") versions_.clear();
  }

  // What its switches are told of it: those that MiniEdit starts itself only make a switch learn.
  void read_controller(const Item& item) {
    std::string name;
    const auto options = options_of(item, name);
    if (!options) return;
    const auto type = options->text_of("controllerType", "ref");
    options->mapped({"remoteIP", "remotePort", "controllerProtocol"});
    if (type == "ref" || type == "ovsc") {
      if (const auto at = options->find("controllerType"))
        at->approximated("it is not started; its switches learn by themselves",
                         "start a controller, and name it in the switches' controllers");
      return;
    }
    if (type == "inband")
      options->find("controllerType")
          ->approximated("it is reached beside the switches' ports, not through them",
                         "give the switches a management node");
    const auto address = options->text_of("remoteIP", "127.0.0.1");
    controllers_[name] = fmt::format("{}:{}:{}", options->text_of("controllerProtocol", "tcp"),
                                     address.contains(':') ? "[" + address + "]" : address,
                                     options->text_of("remotePort", "6633"));
  }

  // What all kinds of nodes have; nullopt: something is missing.
  std::optional<Item> options_of(const Item& item, std::string& name) {
    item.drawn({"x", "y"});
    item.mapped({"number"});
    auto options = item.find("opts");
    if (options) name = options->text_of("hostname");
    if (name.empty()) return item.wrong("'opts' with a 'hostname' is needed"), std::nullopt;
    if (nodes_.contains(name))
      return item.wrong(fmt::format("'{}' is there already", name)), std::nullopt;
    return options;
  }

  void read_host(const Item& item) {
    std::string name;
    const auto options = options_of(item, name);
    if (!options) return;
    fabric::Node node;
    Known known;
    const auto number_item = options->find("nodeNum");
    const auto number = number_item ? number_item->whole(0, 1 << 24) : std::nullopt;
    known.address = address_of(*options, number.value_or(0));
    const auto route = options->text_of("defaultRoute");
    if (!route.empty()) {
      const auto via = netem::canonical_address(route.substr(route.starts_with("via ") ? 4 : 0));
      if (!via) return options->find("defaultRoute")->wrong(via.error().cause);
      node.routes.push_back({via->contains(':') ? "::/0" : "0.0.0.0/0", *via, ""});
    }
    if (options->text_of("sched", "host") != "host" || !options->text_of("cores").empty() ||
        !options->text_of("cpu").empty())
      options->refused({"sched", "cores", "cpu"}, "namespaces have no share of the processors",
                       "make it a docker node with the option cpus");
    options->refused({"startCommand", "stopCommand"},
                     "commands are not run at a node's start or end",
                     "run it with `linkfab exec`, or make it the node's command");
    options->refused({"externalInterfaces", "vlanInterfaces"}, "it is no link of the lab",
                     "add a host node with a nic gateway, and a link to it");
    options->refused({"privateDirectory"}, "namespaces see the host's files",
                     "make it a docker node, or bind a directory");
    known.name = draft_.add_node(item, name, std::move(node));
    nodes_[name] = std::move(known);
  }

  // Its own, or the one that MiniEdit makes of the host's number.
  [[nodiscard]] std::string address_of(const Item& options, std::int64_t number) const {
    const auto slash = base_.find('/');
    const auto length = slash == std::string::npos ? "/8" : base_.substr(slash);
    if (auto own = options.text_of("ip"); !own.empty())
      return own.contains('/') ? own : own + length;
    if (number == 0) return "";
    std::uint32_t bits = 0;
    std::size_t at = 0;
    for (int i = 0; i < 4; ++i) {
      const auto end = std::min(base_.find_first_of("./", at), base_.size());
      const auto part = parse_integer(base_.substr(at, end - at), 0, 255);
      if (!part) return "";
      bits = bits << 8U | static_cast<std::uint32_t>(*part);
      at = std::min(end + 1, base_.size());
    }
    bits += static_cast<std::uint32_t>(number);
    return fmt::format("{}.{}.{}.{}{}", bits >> 24U, bits >> 16U & 255U, bits >> 8U & 255U,
                       bits & 255U, length);
  }

  void read_switch(const Item& item) {
    std::string name;
    const auto options = options_of(item, name);
    if (!options) return;
    options->mapped({"nodeNum"});
    const auto type = options->text_of("switchType", "default");
    options->refused({"externalInterfaces"}, "it is no link of the lab",
                     "add a host node with a nic gateway, and a link to it");
    Known known{.next = 1};
    if (type == "legacyRouter") {
      known.next = 0;
      known.name = draft_.add_node(item, name, {.sysctls = {{"net.ipv4.ip_forward", "1"}}});
    } else if (type == "legacySwitch") {
      known.name = draft_.add_switch(item, name, {.ports = {}});
    } else {
      known.name = draft_.add_node(item, name, open_vswitch(*options, type));
      bridges_.insert(known.name);
    }
    nodes_[name] = std::move(known);
  }

  fabric::Node open_vswitch(const Item& options, const std::string& type) {
    options.refused({"dpctl"}, "nothing is opened for it", "use `linkfab flows`");
    options.refused({"switchIP"}, "nothing in a switch speaks IP", "give it to a host");
    for (const auto* collector : {"netflow", "sflow"})
      if (const auto at = options.find(collector); at && at->text().value_or("0") == "1")
        at->refused("collectors are not taken over",
                    "give the switch a netflow or sflow (docs/topology-file.md)");
    Json::Value settings(Json::objectValue);
    if (const auto at = options.find("dpid"))
      if (const auto text = at->text(); text && !text->empty()) {
        if (const auto id = fabric::canonical_datapath_id(*text))
          settings["other_config"]["datapath-id"] = *id;
        else
          at->wrong(fmt::format("'{}' is no datapath id", *text));
      }
    bool named = false;
    if (const auto list = options.find("controllers"))
      for (const auto& controller : list->list()) {
        const auto found = controllers_.find(controller.text().value_or(""));
        if (found != controllers_.end()) settings["controller"].append(found->second);
        named = true;
      }
    if (!versions_.empty()) settings["protocols"] = versions_;
    if (const auto at = options.find("switchType")) {
      if (type.starts_with("user"))
        at->approximated("it is an Open vSwitch, as all are", "nothing, unless it is the subject");
      else if (!named)
        at->approximated("without a controller it would drop everything, and learns here",
                         R"(give it "fail_mode": "secure")");
    }
    return {.kind = fabric::NodeKind::bridge,
            .switch_settings = fabric::format_switch_settings(settings)};
  }

  std::optional<Endpoint> read_end(const Item& link, std::string_view key) {
    const auto item = link.find(key);
    const auto name = item ? item->text() : std::nullopt;
    if (!name) return link.wrong(fmt::format("'{}' is missing", key)), std::nullopt;
    const auto found = nodes_.find(*name);
    if (found == nodes_.end())
      return item->wrong(fmt::format("there is no node '{}'", *name)), std::nullopt;
    auto& known = found->second;
    // Open vSwitch's device is called as the switch and the interface already.
    const bool bridge = bridges_.contains(known.name);
    const auto interface =
        bridge ? fmt::format("eth{}", known.next++) : fmt::format("{}-eth{}", *name, known.next++);
    if (draft_.is_switch(known.name)) return Endpoint{known.name, interface};
    fabric::Interface made;
    if (!known.address.empty()) add_address(*item, made, std::exchange(known.address, ""));
    return Endpoint{known.name,
                    draft_.add_interface(*item, known.name, interface, std::move(made))};
  }

  void read_link(const Item& item) {
    fabric::Link link;
    if (const auto options = item.find("opts"))
      for (const auto& option : options->members()) read_option(option, link.a_to_b);
    link.b_to_a = link.a_to_b;
    const auto a = read_end(item, "src");
    const auto b = read_end(item, "dest");
    if (!a || !b) return;
    link.a = *a;
    link.b = *b;
    draft_.add_link(item, std::move(link));
  }

  static void read_option(const Item& item, fabric::Impairment& impairment) {
    const auto& key = item.key();
    const auto text = item.text();
    if (!text || text->empty()) return;
    if (key == "bw") {
      set_rate(item, impairment, 1e6);
    } else if (key == "delay" || key == "jitter") {
      // As tc has it: a number alone is microseconds.
      const bool bare = text->find_first_not_of("0123456789.") == std::string::npos;
      set_impairment(item, impairment, key, bare ? *text + "us" : *text);
    } else if (key == "loss") {
      set_percent(item, impairment, "loss");
    } else if (key == "max_queue_size") {
      if (const auto frames = item.whole(0, INT32_MAX); frames.value_or(0) > 0)
        set_impairment(item, impairment, "limit", std::to_string(*frames));
    } else {
      item.refused("links of linkfab do not have it", "leave it out");
    }
  }

  const Item& root_;
  Draft& draft_;
  std::string base_ = "10.0.0.0/8";
  std::map<std::string, Known> nodes_;              // by hostname
  std::set<std::string> bridges_;                   // nodes, by name
  std::map<std::string, std::string> controllers_;  // targets, by hostname
  Json::Value versions_{Json::arrayValue};
};

}  // namespace

void read_miniedit(const Item& root, Draft& draft, Documents& /*documents*/) {
  MiniEditReader{root, draft}.read();
}

}  // namespace linkfab::formats
