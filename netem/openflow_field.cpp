#include "netem/openflow_field.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <vector>

namespace linkfab::netem {
namespace {

using Place = FieldPlace;
using Notation = FieldNotation;
using Needs = FieldNeeds;

constexpr auto plain = Notation::number;
constexpr auto mac = Notation::ethernet;

constexpr std::array openflow_fields{
    OpenflowField{"dl_src", Place::ethernet, 6, 6, 0, 48, mac, true, Needs::nothing},
    OpenflowField{"eth_src", Place::ethernet, 6, 6, 0, 48, mac, true, Needs::nothing},
    OpenflowField{"dl_dst", Place::ethernet, 0, 6, 0, 48, mac, true, Needs::nothing},
    OpenflowField{"eth_dst", Place::ethernet, 0, 6, 0, 48, mac, true, Needs::nothing},
    OpenflowField{"dl_type", Place::type, 0, 2, 0, 16, plain, false, Needs::nothing},
    OpenflowField{"eth_type", Place::type, 0, 2, 0, 16, plain, false, Needs::nothing},
    OpenflowField{"dl_vlan", Place::tag, 0, 2, 0, 12, Notation::vlan_id, false, Needs::nothing},
    OpenflowField{"vlan_vid", Place::tag, 0, 2, 0, 13, Notation::vlan_vid, true, Needs::nothing},
    OpenflowField{"dl_vlan_pcp", Place::tag, 0, 2, 13, 3, Notation::vlan_priority, false,
                  Needs::nothing},
    OpenflowField{"vlan_pcp", Place::tag, 0, 2, 13, 3, Notation::vlan_priority, false,
                  Needs::nothing},
    OpenflowField{"vlan_tci", Place::tag, 0, 2, 0, 16, plain, true, Needs::nothing},
    OpenflowField{"mpls_label", Place::network, 0, 4, 12, 20, plain, false, Needs::mpls},
    OpenflowField{"mpls_tc", Place::network, 0, 4, 9, 3, plain, false, Needs::mpls},
    OpenflowField{"mpls_bos", Place::network, 0, 4, 8, 1, plain, false, Needs::mpls},
    OpenflowField{"mpls_ttl", Place::network, 0, 4, 0, 8, plain, false, Needs::mpls},
    OpenflowField{"nw_src", Place::network, 12, 4, 0, 32, Notation::ipv4, true, Needs::ipv4_or_arp},
    OpenflowField{"ip_src", Place::network, 12, 4, 0, 32, Notation::ipv4, true, Needs::ipv4_or_arp},
    OpenflowField{"nw_dst", Place::network, 16, 4, 0, 32, Notation::ipv4, true, Needs::ipv4_or_arp},
    OpenflowField{"ip_dst", Place::network, 16, 4, 0, 32, Notation::ipv4, true, Needs::ipv4_or_arp},
    OpenflowField{"ipv6_src", Place::network, 8, 16, 0, 128, Notation::ipv6, true, Needs::ipv6},
    OpenflowField{"ipv6_dst", Place::network, 24, 16, 0, 128, Notation::ipv6, true, Needs::ipv6},
    OpenflowField{"ipv6_label", Place::network, 0, 4, 0, 20, plain, true, Needs::ipv6},
    OpenflowField{"nw_proto", Place::protocol, 0, 1, 0, 8, plain, false, Needs::ip_or_arp},
    OpenflowField{"ip_proto", Place::protocol, 0, 1, 0, 8, plain, false, Needs::ip_or_arp},
    OpenflowField{"nw_tos", Place::traffic_class, 0, 1, 2, 6, Notation::traffic_class, false,
                  Needs::ip},
    OpenflowField{"ip_dscp", Place::traffic_class, 0, 1, 2, 6, plain, false, Needs::ip},
    OpenflowField{"nw_ecn", Place::traffic_class, 0, 1, 0, 2, plain, false, Needs::ip},
    OpenflowField{"ip_ecn", Place::traffic_class, 0, 1, 0, 2, plain, false, Needs::ip},
    OpenflowField{"nw_ttl", Place::hop_limit, 0, 1, 0, 8, plain, false, Needs::ip},
    OpenflowField{"nw_frag", Place::fragment, 0, 1, 0, 2, Notation::fragment, false, Needs::ip},
    OpenflowField{"ip_frag", Place::fragment, 0, 1, 0, 2, Notation::fragment, false, Needs::ip},
    OpenflowField{"arp_op", Place::protocol, 0, 1, 0, 8, plain, false, Needs::arp},
    OpenflowField{"arp_sha", Place::network, 8, 6, 0, 48, mac, true, Needs::arp},
    OpenflowField{"arp_spa", Place::network, 14, 4, 0, 32, Notation::ipv4, true, Needs::arp},
    OpenflowField{"arp_tha", Place::network, 18, 6, 0, 48, mac, true, Needs::arp},
    OpenflowField{"arp_tpa", Place::network, 24, 4, 0, 32, Notation::ipv4, true, Needs::arp},
    OpenflowField{"tp_src", Place::transport, 0, 2, 0, 16, plain, true, Needs::ports},
    OpenflowField{"tp_dst", Place::transport, 2, 2, 0, 16, plain, true, Needs::ports},
    OpenflowField{"tcp_src", Place::transport, 0, 2, 0, 16, plain, true, Needs::tcp},
    OpenflowField{"tcp_dst", Place::transport, 2, 2, 0, 16, plain, true, Needs::tcp},
    OpenflowField{"tcp_flags", Place::transport, 12, 2, 0, 12, Notation::tcp_flags, true,
                  Needs::tcp},
    OpenflowField{"udp_src", Place::transport, 0, 2, 0, 16, plain, true, Needs::udp},
    OpenflowField{"udp_dst", Place::transport, 2, 2, 0, 16, plain, true, Needs::udp},
    OpenflowField{"sctp_src", Place::transport, 0, 2, 0, 16, plain, true, Needs::sctp},
    OpenflowField{"sctp_dst", Place::transport, 2, 2, 0, 16, plain, true, Needs::sctp},
    OpenflowField{"icmp_type", Place::transport, 0, 1, 0, 8, plain, false, Needs::icmp_any},
    OpenflowField{"icmp_code", Place::transport, 1, 1, 0, 8, plain, false, Needs::icmp_any},
    OpenflowField{"icmpv6_type", Place::transport, 0, 1, 0, 8, plain, false, Needs::icmp6},
    OpenflowField{"icmpv6_code", Place::transport, 1, 1, 0, 8, plain, false, Needs::icmp6},
};

constexpr std::array openflow_words{
    OpenflowWord{"eth", std::nullopt, std::nullopt},
    OpenflowWord{"ip", ethernet_type::ipv4, std::nullopt},
    OpenflowWord{"ipv6", ethernet_type::ipv6, std::nullopt},
    OpenflowWord{"arp", ethernet_type::arp, std::nullopt},
    OpenflowWord{"rarp", ethernet_type::rarp, std::nullopt},
    OpenflowWord{"mpls", ethernet_type::mpls, std::nullopt},
    OpenflowWord{"mplsm", ethernet_type::mpls_multicast, std::nullopt},
    OpenflowWord{"icmp", ethernet_type::ipv4, IPPROTO_ICMP},
    OpenflowWord{"icmp6", ethernet_type::ipv6, IPPROTO_ICMPV6},
    OpenflowWord{"tcp", ethernet_type::ipv4, IPPROTO_TCP},
    OpenflowWord{"tcp6", ethernet_type::ipv6, IPPROTO_TCP},
    OpenflowWord{"udp", ethernet_type::ipv4, IPPROTO_UDP},
    OpenflowWord{"udp6", ethernet_type::ipv6, IPPROTO_UDP},
    OpenflowWord{"sctp", ethernet_type::ipv4, IPPROTO_SCTP},
    OpenflowWord{"sctp6", ethernet_type::ipv6, IPPROTO_SCTP},
};

struct ForeignField {
  std::string_view start;
  bool whole;  // the whole name, not only how it starts
  std::string_view why;
};

constexpr std::string_view of_the_switch = "is the switch's own and not of a frame";
constexpr std::string_view of_a_flow = "is of a flow in a switch and not of a frame";
constexpr std::string_view unread = "is not told here; this far into a frame nothing looks";

constexpr std::array foreign_fields{
    ForeignField{"in_port", true, "is not of a frame: --from and --to say the direction"},
    ForeignField{"in_port_oxm", true, "is not of a frame: --from and --to say the direction"},
    ForeignField{"priority", true, "is not of a frame: a class has an option priority=NUMBER"},
    ForeignField{"metadata", true, of_the_switch},
    ForeignField{"pkt_mark", true, of_the_switch},
    ForeignField{"skb_priority", true, of_the_switch},
    ForeignField{"recirc_id", true, of_the_switch},
    ForeignField{"dp_hash", true, of_the_switch},
    ForeignField{"conj_id", true, of_the_switch},
    ForeignField{"actset_output", true, of_the_switch},
    ForeignField{"packet_type", true, of_the_switch},
    ForeignField{"reg", false, of_the_switch},
    ForeignField{"xreg", false, of_the_switch},
    ForeignField{"xxreg", false, of_the_switch},
    ForeignField{"tun_", false,
                 "is of the tunnel that a frame came by; the frame does not show it"},
    ForeignField{"tunnel_id", true,
                 "is of the tunnel that a frame came by; the frame does not show it"},
    ForeignField{"ct_", false, "is of connection tracking and not of a frame"},
    ForeignField{"nd_", false, unread},
    ForeignField{"nsh_", false, unread},
    ForeignField{"actions", true, of_a_flow},
    ForeignField{"action", true, of_a_flow},
    ForeignField{"table", true, of_a_flow},
    ForeignField{"cookie", true, of_a_flow},
    ForeignField{"idle_timeout", true, of_a_flow},
    ForeignField{"hard_timeout", true, of_a_flow},
    ForeignField{"importance", true, of_a_flow},
    ForeignField{"out_port", true, of_a_flow},
    ForeignField{"out_group", true, of_a_flow},
};

template <class Row, std::size_t N>
const Row* find_name(const std::array<Row, N>& rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

const OpenflowField* find_openflow_field(std::string_view name) {
  return find_name(openflow_fields, name);
}

const OpenflowWord* find_openflow_word(std::string_view name) {
  return find_name(openflow_words, name);
}

std::span<const std::string_view> openflow_names() {
  static const auto names = [] {
    std::vector<std::string_view> all;
    for (const auto& field : openflow_fields) all.push_back(field.name);
    for (const auto& word : openflow_words) all.push_back(word.name);
    return all;
  }();
  return names;
}

std::string_view why_not_of_a_frame(std::string_view name) {
  const auto found = std::ranges::find_if(foreign_fields, [&](const ForeignField& each) {
    return each.whole ? name == each.start : name.starts_with(each.start);
  });
  return found == foreign_fields.end() ? std::string_view{} : found->why;
}

}  // namespace linkfab::netem
