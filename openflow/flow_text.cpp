#include "openflow/flow_text.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "openflow/nicira.hpp"

namespace linkfab::openflow {
namespace {

enum class Form { number, hex, port, mac, ipv4, ipv6, vlan };

struct Field {
  std::uint16_t oxm_class;
  std::uint8_t number;
  std::string_view name;
  Form form;
};
constexpr std::uint16_t basic = 0x8000;
constexpr std::uint16_t nxm_nx = 0x0001;
// OpenFlow 1.4 §7.2.3.7, with the names of ovs-fields(7).
constexpr std::array<Field, 45> known_fields{{
    {basic, 0, "in_port", Form::port},        {basic, 1, "in_phy_port", Form::port},
    {basic, 2, "metadata", Form::hex},        {basic, 3, "dl_dst", Form::mac},
    {basic, 4, "dl_src", Form::mac},          {basic, 5, "dl_type", Form::hex},
    {basic, 6, "dl_vlan", Form::vlan},        {basic, 7, "dl_vlan_pcp", Form::number},
    {basic, 8, "ip_dscp", Form::number},      {basic, 9, "nw_ecn", Form::number},
    {basic, 10, "nw_proto", Form::number},    {basic, 11, "nw_src", Form::ipv4},
    {basic, 12, "nw_dst", Form::ipv4},        {basic, 13, "tcp_src", Form::number},
    {basic, 14, "tcp_dst", Form::number},     {basic, 15, "udp_src", Form::number},
    {basic, 16, "udp_dst", Form::number},     {basic, 17, "sctp_src", Form::number},
    {basic, 18, "sctp_dst", Form::number},    {basic, 19, "icmp_type", Form::number},
    {basic, 20, "icmp_code", Form::number},   {basic, 21, "arp_op", Form::number},
    {basic, 22, "arp_spa", Form::ipv4},       {basic, 23, "arp_tpa", Form::ipv4},
    {basic, 24, "arp_sha", Form::mac},        {basic, 25, "arp_tha", Form::mac},
    {basic, 26, "ipv6_src", Form::ipv6},      {basic, 27, "ipv6_dst", Form::ipv6},
    {basic, 28, "ipv6_label", Form::hex},     {basic, 29, "icmpv6_type", Form::number},
    {basic, 30, "icmpv6_code", Form::number}, {basic, 31, "nd_target", Form::ipv6},
    {basic, 32, "nd_sll", Form::mac},         {basic, 33, "nd_tll", Form::mac},
    {basic, 34, "mpls_label", Form::number},  {basic, 35, "mpls_tc", Form::number},
    {basic, 36, "mpls_bos", Form::number},    {basic, 38, "tun_id", Form::hex},
    {basic, 42, "tcp_flags", Form::hex},      {nxm_nx, 16, "tun_id", Form::hex},
    {nxm_nx, 31, "tun_src", Form::ipv4},      {nxm_nx, 32, "tun_dst", Form::ipv4},
    {nxm_nx, 105, "ct_state", Form::hex},     {nxm_nx, 106, "ct_zone", Form::hex},
    {nxm_nx, 107, "ct_mark", Form::hex},
}};

std::string hex(ByteView bytes) {
  std::string text = "0x";
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::uint64_t value_of(ByteView bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

std::string reserved_port(std::uint32_t number) {
  constexpr std::array<std::string_view, 8> names{"IN_PORT", "TABLE",      "NORMAL", "FLOOD",
                                                  "ALL",     "CONTROLLER", "LOCAL",  "ANY"};
  constexpr std::uint32_t first = 0xfffffff8;
  return number < first ? std::string{} : std::string(names[number - first]);
}

std::string port_text(std::uint32_t number, const PortName& name) {
  auto text = reserved_port(number);
  if (text.empty() && name) text = name(PortNo{number});
  return text.empty() ? std::to_string(number) : text;
}

std::string ipv6_text(ByteView bytes) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    parts.push_back(fmt::format("{:x}", bytes[i] << 8 | bytes[i + 1]));
  return fmt::format("{}", fmt::join(parts, ":"));
}

std::string text_of(Form form, ByteView bytes, const PortName& name) {
  const auto value = bytes.size() <= 8 ? value_of(bytes) : 0;
  switch (form) {
    case Form::number:
      return std::to_string(value);
    case Form::port:
      return port_text(static_cast<std::uint32_t>(value), name);
    case Form::mac:
      return fmt::format("{:02x}", fmt::join(bytes, ":"));
    case Form::ipv4:
      return fmt::format("{}", fmt::join(bytes, "."));
    case Form::ipv6:
      return ipv6_text(bytes);
    case Form::vlan: {
      constexpr std::uint64_t present = 0x1000;  // OFPVID_PRESENT
      return value == 0 ? "none" : std::to_string(value & ~present);
    }
    case Form::hex:
      break;
  }
  return bytes.size() <= 8 ? fmt::format("{:#x}", value) : hex(bytes);
}

// "10.0.0.0/8", where the mask is a prefix.
std::string ipv4_mask(ByteView mask) {
  const auto bits = static_cast<std::uint32_t>(value_of(mask));
  const auto ones = std::popcount(bits);
  const auto prefix = ones == 0 ? 0U : ~std::uint32_t{0} << (32 - ones);
  return bits == prefix ? std::to_string(ones) : fmt::format("{}", fmt::join(mask, "."));
}

// One OXM field: "nw_dst=10.0.0.2".
std::string field_text(Reader& in, const PortName& name, std::string_view between) {
  const auto oxm_class = in.u16();
  const auto second = in.u8();
  const std::size_t length = in.u8();
  const auto number = static_cast<std::uint8_t>(second >> 1);
  const bool has_mask = (second & 1) != 0;
  const auto bytes = in.bytes(length);
  if (!in.ok() || (has_mask && length % 2 != 0)) {
    in.fail();
    return {};
  }
  const auto value = bytes.first(has_mask ? length / 2 : length);
  const auto mask = bytes.subspan(value.size());
  const auto known = std::ranges::find_if(known_fields, [&](const Field& field) {
    return field.oxm_class == oxm_class && field.number == number;
  });
  constexpr std::uint8_t registers = 16;
  auto form = Form::hex;
  std::string label;
  if (known != known_fields.end()) {
    form = known->form;
    label = known->name;
  } else if (oxm_class == nxm_nx && number < registers) {
    label = fmt::format("reg{}", number);
  } else {
    return fmt::format("oxm({:#06x},{}){}{}{}", oxm_class, number, between, hex(value),
                       mask.empty() ? "" : "/" + hex(mask));
  }
  auto text = fmt::format("{}{}{}", label, between, text_of(form, value, name));
  if (!mask.empty())
    text += "/" + (form == Form::ipv4   ? ipv4_mask(mask)
                   : form == Form::mac  ? text_of(form, mask, name)
                   : form == Form::ipv6 ? ipv6_text(mask)
                                        : fmt::format("{:#x}", value_of(mask)));
  return text;
}

std::string match_text(Reader& in, const PortName& name) {
  const auto type = in.u16();
  const std::size_t length = in.u16();
  if (length < 4) in.fail();
  Reader fields(in.bytes(length - 4));
  in.skip((8 - length % 8) % 8);
  if (!in.ok()) return {};
  if (type != 1) return fmt::format("match({})={}", type, hex(fields.bytes(fields.remaining())));
  std::vector<std::string> texts;
  while (fields.ok() && fields.remaining() > 0) texts.push_back(field_text(fields, name, "="));
  if (!fields.ok()) in.fail();
  return fmt::format("{}", fmt::join(texts, ","));
}

std::string output_text(Reader& in, const PortName& name) {
  const auto port = in.u32();
  const auto length = in.u16();
  constexpr std::uint32_t controller = 0xfffffffd;
  if (port == controller) return fmt::format("CONTROLLER:{}", length);
  const auto reserved = reserved_port(port);
  return reserved.empty() ? "output:" + port_text(port, name) : reserved;
}

std::string nicira_text(Reader& in, ByteView whole, const PortName& name) {
  constexpr std::uint16_t resubmit = 1;
  constexpr std::uint16_t resubmit_table = 14;
  constexpr std::uint16_t dec_ttl = 18;
  constexpr std::uint16_t same_port = 0xfff8;
  const auto subtype = in.u16();
  if (subtype == resubmit || subtype == resubmit_table) {
    const auto port = in.u16();
    const auto table = in.u8();
    const auto where = port == same_port ? std::string{} : port_text(port, name);
    return subtype == resubmit ? "resubmit:" + where : fmt::format("resubmit({},{})", where, table);
  }
  if (subtype == dec_ttl) return "dec_ttl";
  return fmt::format("nicira({}):{}", subtype, hex(whole));
}

// OpenFlow 1.4 §7.2.5.
std::string action_text(ByteView whole, const PortName& name) {
  Reader in(whole);
  const auto type = in.u16();
  in.skip(2);
  switch (type) {
    case 0:
      return output_text(in, name);
    case 11:
      return "copy_ttl_out";
    case 12:
      return "copy_ttl_in";
    case 15:
      return fmt::format("set_mpls_ttl({})", in.u8());
    case 16:
      return "dec_mpls_ttl";
    case 17:
      return fmt::format("push_vlan:{:#06x}", in.u16());
    case 18:
      return "pop_vlan";
    case 19:
      return fmt::format("push_mpls:{:#06x}", in.u16());
    case 20:
      return fmt::format("pop_mpls:{:#06x}", in.u16());
    case 21:
      return fmt::format("set_queue:{}", in.u32());
    case 22:
      return fmt::format("group:{}", in.u32());
    case 23:
      return fmt::format("mod_nw_ttl:{}", in.u8());
    case 24:
      return "dec_ttl";
    case 25: {
      const auto text = field_text(in, name, "=");
      const auto equals = text.find('=');
      if (!in.ok() || equals == std::string::npos) break;
      return fmt::format("set_field:{}->{}", text.substr(equals + 1), text.substr(0, equals));
    }
    case OFPAT_EXPERIMENTER:
      if (in.u32() == nicira) return nicira_text(in, whole, name);
      break;
    default:
      break;
  }
  return fmt::format("action({}):{}", type, hex(whole));
}

std::string action_list(Reader& in, const PortName& name) {
  std::vector<std::string> texts;
  while (in.ok() && in.remaining() > 0) {
    Reader header = in;
    header.skip(2);
    const std::size_t length = header.u16();
    if (!header.ok() || length < 8 || length % 8 != 0) in.fail();
    const auto bytes = in.bytes(length);
    if (in.ok()) texts.push_back(action_text(bytes, name));
  }
  return fmt::format("{}", fmt::join(texts, ","));
}

// OpenFlow 1.4 §7.2.4.
std::string instruction_text(std::uint16_t type, Reader& in, const PortName& name) {
  switch (type) {
    case 1:
      return fmt::format("goto_table:{}", in.u8());
    case 2: {
      in.skip(4);
      const auto value = in.u64();
      const auto mask = in.u64();
      return mask == ~std::uint64_t{0} ? fmt::format("write_metadata:{:#x}", value)
                                       : fmt::format("write_metadata:{:#x}/{:#x}", value, mask);
    }
    case 3:
      in.skip(4);
      return fmt::format("write_actions({})", action_list(in, name));
    case 4:
      in.skip(4);
      return action_list(in, name);
    case 5:
      return "clear_actions";
    case 6:
      return fmt::format("meter:{}", in.u32());
    default:
      return fmt::format("instruction({}):{}", type, hex(in.bytes(in.remaining())));
  }
}

std::string instructions_text(Reader& in, const PortName& name) {
  std::vector<std::string> texts;
  while (in.ok() && in.remaining() > 0) {
    const auto type = in.u16();
    const std::size_t length = in.u16();
    if (length < 8) in.fail();
    Reader body(in.bytes(length - 4));
    if (!in.ok()) break;
    if (auto text = instruction_text(type, body, name); !text.empty())
      texts.push_back(std::move(text));
    if (!body.ok()) in.fail();
  }
  return texts.empty() ? "drop" : fmt::format("{}", fmt::join(texts, ","));
}

FlowText describe_one(Reader& in, const PortName& name) {
  FlowText flow;
  flow.table = in.u8();
  in.skip(1);
  flow.duration = in.u32();
  in.skip(4);  // and so many nanoseconds
  flow.priority = in.u16();
  flow.idle_timeout = in.u16();
  flow.hard_timeout = in.u16();
  in.skip(2 + 2 + 2);  // flags, importance, padding
  flow.cookie = in.u64();
  flow.packets = in.u64();
  flow.bytes = in.u64();
  flow.match = match_text(in, name);
  flow.actions = instructions_text(in, name);
  return flow;
}

}  // namespace

Result<void> describe_flow_stats(ByteView body, const PortName& name,
                                 std::vector<FlowText>& flows) {
  Reader in(body);
  while (in.ok() && in.remaining() > 0) {
    const std::size_t length = in.u16();
    if (length < 2) in.fail();
    Reader one(in.bytes(length - 2));
    if (!in.ok()) break;
    flows.push_back(describe_one(one, name));
    if (!one.ok()) in.fail();
  }
  if (!in.ok()) return failure(Errc::failed, "read the switch's flows", "the message is malformed");
  return {};
}

}  // namespace linkfab::openflow
