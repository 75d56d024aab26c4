// Routes of the main table.

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <map>
#include <optional>
#include <stdexcept>

#include <fmt/core.h>

#include "netem/address.hpp"
#include "netem/attributes.hpp"
#include "netem/prefix.hpp"

namespace linkfab::netem {
namespace {

Prefix parse(const std::string& text) {
  if (const auto prefix = parse_prefix(text)) return *prefix;
  throw std::logic_error("not an address in canonical form: " + text);
}

// A gateway of the other family (IPv4 by way of an IPv6 neighbour) goes into an attribute of its
// own.
void put_gateway(Message& message, const Prefix& gateway, int family) {
  const ByteView bytes = gateway.bytes();
  if (gateway.family == family) {
    message.put(RTA_GATEWAY, bytes.data(), bytes.size());
    return;
  }
  Bytes via(sizeof(rtvia));
  const auto via_family = static_cast<__kernel_sa_family_t>(gateway.family);
  std::memcpy(via.data(), &via_family, sizeof via_family);
  via.insert(via.end(), bytes.begin(), bytes.end());
  message.put(RTA_VIA, via.data(), via.size());
}

Message route_message(rtmsg header, Message message, const Route& route, IfIndex device) {
  const Prefix destination = parse(route.destination);
  header.rtm_family = static_cast<std::uint8_t>(destination.family);
  header.rtm_dst_len = static_cast<std::uint8_t>(destination.length);
  header.rtm_table = RT_TABLE_MAIN;
  message.append(header);
  const ByteView bytes = destination.bytes();
  message.put(RTA_DST, bytes.data(), bytes.size());
  if (!route.via.empty()) put_gateway(message, parse(route.via), destination.family);
  if (device.value != 0) message.put(RTA_OIF, device.value);
  return message;
}

std::string describe(const char* verb, const Route& route) {
  return fmt::format("{} route {}{}{}", verb, route.destination, route.via.empty() ? "" : " via ",
                     route.via);
}

std::string decode_gateway(const Attributes& attributes, int family) {
  ByteView bytes = attributes.bytes(RTA_GATEWAY);
  if (const ByteView via = attributes.bytes(RTA_VIA); via.size() > sizeof(rtvia)) {
    family = load<__kernel_sa_family_t>(via);
    bytes = via.subspan(sizeof(rtvia));
  }
  const auto gateway = make_prefix(family, bytes, 0);
  return gateway ? format_address(*gateway) : std::string{};
}

}  // namespace

Message add_route(const Route& route, IfIndex device) {
  rtmsg header{};
  header.rtm_protocol = our_protocol;
  header.rtm_type = RTN_UNICAST;
  header.rtm_scope =
      route.via.empty() && !route.destination.contains(':') ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  return route_message(header,
                       Message{RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, describe("add", route)},
                       route, device);
}

Message delete_route(const Route& route, IfIndex device) {
  rtmsg header{};
  header.rtm_protocol = route.ours ? our_protocol : std::uint8_t{RTPROT_UNSPEC};
  header.rtm_scope = RT_SCOPE_NOWHERE;  // any
  return route_message(header, Message{RTM_DELROUTE, 0, describe("delete", route)}, route, device);
}

std::optional<std::pair<IfIndex, Route>> decode_route(const nlmsghdr& message) {
  const ByteView body = payload(message);
  const auto header = load<rtmsg>(body);
  if (message.nlmsg_type != RTM_NEWROUTE || body.size() < sizeof header ||
      header.rtm_table != RT_TABLE_MAIN || header.rtm_type != RTN_UNICAST ||
      (header.rtm_flags & RTM_F_CLONED) != 0) {
    return std::nullopt;
  }
  const Attributes attributes{message, sizeof header};
  // The default route's message has no destination.
  const Bytes zeros(header.rtm_family == AF_INET ? 4 : 16);
  const ByteView address = attributes.has(RTA_DST) ? attributes.bytes(RTA_DST) : ByteView{zeros};
  const auto destination = make_prefix(header.rtm_family, address, header.rtm_dst_len);
  if (!destination) return std::nullopt;
  return std::pair{IfIndex{attributes.get<int>(RTA_OIF)},
                   Route{.destination = format(*destination),
                         .via = decode_gateway(attributes, header.rtm_family),
                         .dev = {},
                         .ours = header.rtm_protocol == our_protocol}};
}

Result<IfIndex> route_device(Socket& socket, const std::string& address) {
  const Prefix to = parse(address);
  const ByteView bytes = to.bytes();
  Message message{RTM_GETROUTE, 0, "look up the route to " + address};
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(to.family);
  header.rtm_dst_len = static_cast<std::uint8_t>(8 * bytes.size());
  message.append(header).put(RTA_DST, bytes.data(), bytes.size());
  IfIndex device;
  const auto done = socket.query(message, [&](const nlmsghdr& answer) {
    device = {Attributes{answer, sizeof(rtmsg)}.get<int>(RTA_OIF)};
  });
  if (!done) return std::unexpected(done.error());
  return device;
}

Result<std::vector<Route>> dump_routes(Socket& socket, const std::vector<Device>& devices) {
  std::map<int, std::string> names;
  for (const Device& device : devices) names[device.index.value] = device.name;
  std::vector<Route> routes;
  // One family after the other: a dump of all would bring the multicast tables along.
  for (const int family : {AF_INET, AF_INET6}) {
    Message message{RTM_GETROUTE, 0, "list the routes"};
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(family);
    message.append(header);
    const std::size_t before = routes.size();
    const auto done = socket.dump(
        message, [&] { routes.resize(before); },
        [&](const nlmsghdr& answer) {
          auto route = decode_route(answer);
          if (!route) return;
          if (const auto name = names.find(route->first.value); name != names.end()) {
            route->second.dev = name->second;
          }
          routes.push_back(std::move(route->second));
        });
    if (!done) return std::unexpected(done.error());
  }
  return routes;
}

}  // namespace linkfab::netem
