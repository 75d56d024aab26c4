#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "fabric/topology_reading.hpp"
#include "netem/address.hpp"

namespace linkfab::fabric {
namespace {

using Canonical = Result<std::string> (*)(std::string_view);

// The text of an address in canonical form; anything else is reported.
std::optional<std::string> canonical(const JsonItem& item, std::string_view text,
                                     Canonical convert) {
  auto result = convert(text);
  if (result) return *std::move(result);
  item.report(fmt::format("'{}': {}", text, result.error().cause));
  return std::nullopt;
}

void read_addresses(const JsonItem& item, Interface& interface) {
  const auto add = [&](const JsonItem& each) {
    const auto text = each.text();
    if (!text) return;
    if (auto prefix = canonical(each, *text, netem::canonical_prefix))
      interface.addresses.push_back(*std::move(prefix));
  };
  if (item.is_text()) {
    add(item);
  } else if (item.is_list()) {
    for (const JsonItem& each : item.list()) add(each);
  } else {
    item.report_type("an address such as \"10.0.0.1/24\" or a list of them");
  }
  std::ranges::sort(interface.addresses);
}

// "DESTINATION [via ADDRESS] [dev INTERFACE]" in the three parts of a route.
bool split_route(std::string_view text, Route& route) {
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(" \t", at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  if (words.size() % 2 == 0) return false;
  route.destination = words.front();
  for (std::size_t i = 1; i < words.size(); i += 2) {
    std::string* const part = words[i] == "via"   ? &route.via
                              : words[i] == "dev" ? &route.dev
                                                  : nullptr;
    if (part == nullptr || !part->empty()) return false;
    *part = words[i + 1];
  }
  return true;
}

// {"device": "tap0"}, or "tap0" where a device is all there is to say.
void read_gateway(const JsonItem& item, std::string_view type, Interface& interface) {
  if (interface.gateway)
    return item.report_at_key("the interface is a gateway already: one of them is enough");
  GatewayOptions options;
  if (item.is_text()) {
    if (const auto text = item.text()) options["device"] = *text;
  } else if (item.is_object()) {
    for (const auto& [key, value] : item.members())
      if (auto text = value.scalar()) options[key] = *std::move(text);
  } else {
    return item.report_type("an object, or a device's name");
  }
  auto gateway = parse_gateway(type, options);
  if (!gateway) return item.report(gateway.error().cause);
  interface.gateway = *std::move(gateway);
}

}  // namespace

void read_interface(const JsonItem& item, Interface& interface) {
  if (!item.is_object()) {
    if (item.is_text() || item.is_list()) return read_addresses(item, interface);
    return item.report_type("an address, a list of addresses or an object");
  }
  std::vector<JsonItem::Field> fields{
      {"addresses", [&](const JsonItem& value) { read_addresses(value, interface); }},
      {"mac",
       [&](const JsonItem& value) {
         if (const auto text = value.text())
           interface.mac = canonical(value, *text, netem::canonical_mac);
       }},
      {"mtu",
       [&](const JsonItem& value) {
         if (const auto mtu = value.integer(68, 65535))
           interface.mtu = static_cast<std::uint32_t>(*mtu);
       }},
      {"carrier",
       [&](const JsonItem& value) {
         const auto text = value.text();
         interface.carrier_always = text == "always";
         if (text && *text != "always" && *text != "attached")
           value.report(fmt::format("'{}' is none of attached, always", *text));
       }},
  };
  for (const auto type : gateway_types())
    fields.push_back({type, [&interface, type](const JsonItem& value) {
                        read_gateway(value, type, interface);
                      }});
  item.fields(fields);
}

void read_route(const JsonItem& item, std::vector<Route>& routes) {
  Route route;
  if (item.is_object()) {
    const auto into = [](std::string& part) {
      return [&part](const JsonItem& value) { part = value.text().value_or(""); };
    };
    const std::array<JsonItem::Field, 3> fields{
        {{"to", into(route.destination)}, {"via", into(route.via)}, {"dev", into(route.dev)}}};
    item.fields(fields);
    if (!item.find("to")) item.report("the route needs a destination: \"to\"");
    if (route.destination.empty()) return;
  } else if (!item.is_text()) {
    return item.report_type("a text such as \"default via 10.0.0.1\" or an object");
  } else if (const auto text = item.text(); !text || !split_route(*text, route)) {
    if (!text) return;
    return item.report(
        fmt::format("'{}': a route is written DESTINATION via ADDRESS dev INTERFACE, one of the "
                    "two may be left out",
                    *text));
  }
  if (!route.via.empty()) {
    const auto via = canonical(item, route.via, netem::canonical_address);
    if (!via) return;
    route.via = *via;
  }
  if (route.destination == "default" && route.via.find(':') != std::string::npos)
    route.destination = "::/0";
  const auto destination = canonical(item, route.destination, netem::canonical_destination);
  if (!destination) return;
  route.destination = *destination;
  routes.push_back(std::move(route));
}

}  // namespace linkfab::fabric
