#include "netem/openflow_value.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "netem/prefix.hpp"

namespace linkfab::netem {
namespace {

std::unexpected<Error> wrong_value(const std::string& cause) {
  return failure(Errc::invalid, "read a value", cause);
}

FieldBits field_bits(const OpenflowField& field, std::uint32_t value, std::uint32_t mask) {
  FieldBits bits;
  for (int byte = field.width - 1; byte >= 0; --byte) {
    const auto place = static_cast<std::size_t>(byte);
    bits.mask[place] = static_cast<std::uint8_t>(mask);
    bits.value[place] = static_cast<std::uint8_t>(value & mask);
    value >>= 8;
    mask >>= 8;
  }
  return bits;
}

FieldBits field_bits(ByteView value, ByteView mask) {
  FieldBits bits;
  for (std::size_t each = 0; each < value.size(); ++each) {
    bits.mask[each] = mask[each];
    bits.value[each] = value[each] & mask[each];
  }
  return bits;
}

std::uint32_t low_bits(int bits) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
}

Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t most) {
  const auto digits = text.starts_with("0x") ? text.substr(2) : text;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number,
                                            digits.size() == text.size() ? 10 : 16);
  const bool whole = end == digits.data() + digits.size() && !digits.empty();
  // 010 is eight to ovs-ofctl, and ten to most people.
  const bool octal = digits.size() == text.size() && text.size() > 1 && text.starts_with('0');
  if (!whole || error == std::errc::invalid_argument || octal)
    return wrong_value(fmt::format("'{}' is not a number, as 17 or 0x11", text.substr(0, 40)));
  if (error != std::errc{} || number > most)
    return wrong_value(fmt::format("{} is too large; at most {}", text.substr(0, 40), most));
  return number;
}

Result<FieldBits> parse_number(const OpenflowField& field, std::string_view value,
                               std::string_view mask) {
  const auto most = low_bits(field.bits);
  const auto number = parse_number(value, most);
  const auto bits = mask.empty() ? Result<std::uint32_t>(most) : parse_number(mask, most);
  if (!number) return std::unexpected(number.error());
  if (!bits) return std::unexpected(bits.error());
  if (field.place == FieldPlace::type && *number < ethernet_type::none) {
    return wrong_value("Ethernet types are from 0x600 on; 0x5ff stands for frames that have none");
  }
  return field_bits(field, *number << field.shift, *bits << field.shift);
}

Result<FieldBits> parse_traffic_class(const OpenflowField& field, std::string_view value) {
  const auto number = parse_number(value, 0xff);
  if (!number) return std::unexpected(number.error());
  return field_bits(field, *number, 0xfc);
}

Result<FieldBits> parse_vlan_id(const OpenflowField& field, std::string_view value) {
  const auto number = parse_number(value, 0xffff);
  if (!number) return std::unexpected(number.error());
  if (*number == 0xffff) return field_bits(field, 0, 0xffff);
  if (*number > 0xfff) return wrong_value("VLANs are from 0 to 4095; 0xffff stands for no tag");
  return field_bits(field, *number | tag_present, 0x1fff);
}

Result<FieldBits> parse_vlan_vid(const OpenflowField& field, std::string_view value,
                                 std::string_view mask) {
  const auto number = parse_number(value, 0x1fff);
  if (number && mask.empty() && *number != 0 && *number < tag_present) {
    return wrong_value(
        fmt::format("vlan_vid has 0x1000 added for a tag: vlan_vid={:#x} or dl_vlan={}",
                    *number | tag_present, *number));
  }
  return parse_number(field, value, mask);
}

Result<FieldBits> parse_vlan_priority(const OpenflowField& field, std::string_view value) {
  const auto number = parse_number(value, 7);
  if (!number) return std::unexpected(number.error());
  return field_bits(field, (*number << field.shift) | tag_present, 0xf000);
}

Result<std::array<std::uint8_t, 6>> parse_ethernet(std::string_view text) {
  std::array<std::uint8_t, 6> address{};
  auto rest = text;
  for (std::size_t each = 0; each < address.size(); ++each) {
    const auto group = rest.substr(0, each + 1 < address.size() ? rest.find(':') : rest.npos);
    const auto [end, error] =
        std::from_chars(group.data(), group.data() + group.size(), address.at(each), 16);
    if (group.size() > 2 || error != std::errc{} || end != group.data() + group.size()) {
      return wrong_value(
          fmt::format("'{}' is not an Ethernet address, as 00:00:5e:00:53:01", text.substr(0, 40)));
    }
    rest.remove_prefix(std::min(rest.size(), group.size() + 1));
  }
  return address;
}

Result<FieldBits> parse_ethernet(std::string_view value, std::string_view mask) {
  const auto address = parse_ethernet(value);
  const auto bits = parse_ethernet(mask.empty() ? "ff:ff:ff:ff:ff:ff" : mask);
  if (!address) return std::unexpected(address.error());
  if (!bits) return std::unexpected(bits.error());
  return field_bits(*address, *bits);
}

Result<FieldBits> parse_internet(int family, std::string_view value, std::string_view mask) {
  const auto named =
      family == AF_INET ? "an IPv4 address, as 10.0.0.1" : "an IPv6 address, as fd00::1";
  const auto parse = [&](std::string_view text) -> Result<Prefix> {
    const auto address = parse_prefix(text);
    if (!address || address->family != family || address->length != address->most())
      return wrong_value(fmt::format("'{}' is not {}", text.substr(0, 60), named));
    return *address;
  };
  const auto address = parse(value);
  if (!address) return std::unexpected(address.error());
  Prefix bits{.family = family, .address = {}, .length = 0};
  if (mask.find_first_of(".:") != mask.npos) {
    const auto given = parse(mask);
    if (!given) return std::unexpected(given.error());
    bits = *given;
  } else {
    const auto most = static_cast<std::uint32_t>(address->most());
    const auto length = mask.empty() ? Result<std::uint32_t>(most) : parse_number(mask, most);
    if (!length) return std::unexpected(length.error());
    for (std::uint32_t bit = 0; bit < *length; ++bit)
      bits.address.at(bit / 8) |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  }
  return field_bits(address->bytes(), bits.bytes());
}

constexpr std::array<std::string_view, 9> tcp_flag_names{"fin", "syn", "rst", "psh", "ack",
                                                         "urg", "ece", "cwr", "ns"};

Result<std::uint32_t> tcp_flag(std::string_view name) {
  const auto found = std::ranges::find(tcp_flag_names, name);
  if (found == tcp_flag_names.end()) {
    return wrong_value(fmt::format("'{}' is not a TCP flag ({}){}", name.substr(0, 40),
                                   fmt::join(tcp_flag_names, ", "),
                                   did_you_mean(name, tcp_flag_names)));
  }
  return std::uint32_t{1} << (found - tcp_flag_names.begin());
}

// "+syn-ack": some set, some not, the others as they like. "syn|ack": those and no others.
Result<FieldBits> parse_tcp_flags(const OpenflowField& field, std::string_view value,
                                  std::string_view mask) {
  if (value.empty() || value.ends_with('|'))
    return wrong_value("flags are written as +syn-ack, syn|ack or 0x2/0x12");
  const bool signs = value.starts_with('+') || value.starts_with('-');
  if (value.front() >= '0' && value.front() <= '9') return parse_number(field, value, mask);
  if (!mask.empty())
    return wrong_value("flags by name have no mask; -NAME is a flag that is not set");
  std::uint32_t set = 0;
  std::uint32_t told = 0;
  for (auto rest = value; !rest.empty();) {
    const bool absent = signs && rest.front() == '-';
    if (signs) rest.remove_prefix(1);
    const auto end = std::min(rest.size(), rest.find_first_of(signs ? "+-" : "|"));
    const auto flag = tcp_flag(rest.substr(0, end));
    if (!flag) return std::unexpected(flag.error());
    if ((told & *flag) != 0)
      return wrong_value(fmt::format("'{}' is there twice", rest.substr(0, end)));
    told |= *flag;
    if (!absent) set |= *flag;
    rest.remove_prefix(signs ? end : std::min(rest.size(), end + 1));
  }
  return field_bits(field, set, signs ? told : low_bits(field.bits));
}

Result<FieldBits> parse_fragment(const OpenflowField& field, std::string_view value) {
  using namespace fragment_bits;
  struct Kind {
    std::string_view name;
    std::uint8_t value;
    std::uint8_t mask;
  };
  static constexpr std::array kinds{
      Kind{"no", 0, any | later}, Kind{"yes", any, any}, Kind{"first", any, any | later},
      Kind{"later", any | later, any | later}, Kind{"not_later", 0, later}};
  const auto found = std::ranges::find(kinds, value, &Kind::name);
  if (found == kinds.end())
    return wrong_value(
        fmt::format("'{}' is not one of no, yes, first, later, not_later", value.substr(0, 40)));
  return field_bits(field, found->value, found->mask);
}

}  // namespace

Result<FieldBits> parse_field_value(const OpenflowField& field, std::string_view text) {
  const auto slash = text.find('/');
  const auto value = text.substr(0, slash);
  const auto mask = slash == text.npos ? std::string_view{} : text.substr(slash + 1);
  if (slash != text.npos && !field.maskable)
    return wrong_value(fmt::format("{} takes no mask", field.name));
  if (slash != text.npos && mask.empty()) return wrong_value("there is no mask behind the '/'");
  switch (field.notation) {
    case FieldNotation::number:
      return parse_number(field, value, mask);
    case FieldNotation::ethernet:
      return parse_ethernet(value, mask);
    case FieldNotation::ipv4:
      return parse_internet(AF_INET, value, mask);
    case FieldNotation::ipv6:
      return parse_internet(AF_INET6, value, mask);
    case FieldNotation::tcp_flags:
      return parse_tcp_flags(field, value, mask);
    case FieldNotation::fragment:
      return parse_fragment(field, value);
    case FieldNotation::traffic_class:
      return parse_traffic_class(field, value);
    case FieldNotation::vlan_id:
      return parse_vlan_id(field, value);
    case FieldNotation::vlan_vid:
      return parse_vlan_vid(field, value, mask);
    case FieldNotation::vlan_priority:
      return parse_vlan_priority(field, value);
  }
  return wrong_value("it is not known");
}

}  // namespace linkfab::netem
