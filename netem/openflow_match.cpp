#include "netem/openflow_match.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "core/suggest.hpp"

namespace linkfab::netem {
namespace {

// Those that both languages have, alone.
constexpr std::array<std::string_view, 9> words_of_pcap{"ip",  "arp", "rarp",  "mpls", "icmp",
                                                        "tcp", "udp", "icmp6", "sctp"};
// What stands before a "=" in pcap-filter(7) and looks like a key.
constexpr std::array<std::string_view, 6> numbers_of_pcap{"len",      "tcpflags",  "icmptype",
                                                          "icmpcode", "icmp6type", "icmp6code"};

bool is_key(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::ranges::all_of(
             text, [](unsigned char each) { return std::isalnum(each) != 0 || each == '_'; });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// One part between commas, and where it is.
struct MatchPart {
  std::string_view text;
  std::size_t place = 0;  // from 1 on

  [[nodiscard]] std::string_view key() const { return text.substr(0, text.find('=')); }
};

std::unexpected<Error> wrong_part(const MatchPart& part, const std::string& cause) {
  return failure(
      Errc::invalid, "read an OpenFlow match",
      fmt::format("'{}' at character {}: {}", part.text.substr(0, 80), part.place, cause));
}

std::vector<MatchPart> match_parts(std::string_view text) {
  std::vector<MatchPart> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.size(), text.find(',', start));
    const auto whole = text.substr(start, end - start);
    const auto part = trimmed(whole);
    const auto blanks = std::min(whole.find_first_not_of(' '), whole.size());
    parts.push_back({part, start + blanks + 1});
    start = end + 1;
  }
  return parts;
}

template <class T>
bool agree(std::optional<T>& known, std::optional<T> said) {
  if (known && said && *known != *said) return false;
  if (said) known = said;
  return true;
}

struct GivenField {
  MatchPart part;
  FieldCondition condition;
};

class MatchReading {
 public:
  Result<void> read(const MatchPart& part) {
    if (part.text.empty())
      return wrong_part(part, "there is nothing; a comma stands between two parts");
    const auto equals = part.text.find('=');
    const auto name = part.key();
    if (const auto* word = find_openflow_word(name)) return read_word(part, *word);
    if (const auto why = why_not_of_a_frame(name); !why.empty())
      return wrong_part(part, fmt::format("{} {}", name, why));
    const auto* field = find_openflow_field(name);
    if (field == nullptr) {
      return wrong_part(part, fmt::format("it is neither a protocol nor a field of ovs-fields(7){}",
                                          did_you_mean(name, openflow_names())));
    }
    if (equals == part.text.npos)
      return wrong_part(part, fmt::format("a field has a value: {}=VALUE", name));
    const auto bits = parse_field_value(*field, part.text.substr(equals + 1));
    if (!bits) return wrong_part(part, bits.error().cause);
    given_.push_back({part, {field, *bits}});
    if (field->place == FieldPlace::type)
      return read_type(part, static_cast<std::uint16_t>(bits->value[0] << 8 | bits->value[1]));
    if (field->place == FieldPlace::protocol) return read_protocol(part, bits->value[0]);
    return {};
  }

  Result<OpenflowMatch> finish() {
    for (auto each = given_.begin(); each != given_.end(); ++each) {
      const auto* field = each->condition.field;
      if (auto needed = needs(field->needs); !needed.empty())
        return wrong_part(each->part, fmt::format("{} needs {}", field->name, needed));
      const auto same = std::find_if(given_.begin(), each, [&](const GivenField& other) {
        return is_same(*other.condition.field, *field);
      });
      if (same != each)
        return wrong_part(each->part, fmt::format("'{}' says it already", same->part.text));
      if (field->place == FieldPlace::type || field->place == FieldPlace::protocol) continue;
      match_.conditions.push_back({of_arp(field), each->condition.bits});
    }
    return match_;
  }

 private:
  Result<void> read_word(const MatchPart& part, const OpenflowWord& word) {
    if (part.text != word.name)
      return wrong_part(part, fmt::format("{} is a word of its own and takes no value", word.name));
    if (word.type)
      if (auto done = read_type(part, *word.type); !done) return done;
    return word.protocol ? read_protocol(part, *word.protocol) : Result<void>{};
  }

  Result<void> read_type(const MatchPart& part, std::uint16_t type) {
    if (agree(match_.type, std::optional(type))) return {};
    return wrong_part(
        part, fmt::format("the Ethernet type is {:#06x} by what is before it", *match_.type));
  }

  Result<void> read_protocol(const MatchPart& part, std::uint8_t protocol) {
    if (agree(match_.protocol, std::optional(protocol))) return {};
    return wrong_part(part,
                      fmt::format("the protocol is {} by what is before it", *match_.protocol));
  }

  [[nodiscard]] bool is_ipv4() const { return match_.type == ethernet_type::ipv4; }
  [[nodiscard]] bool is_ipv6() const { return match_.type == ethernet_type::ipv6; }
  [[nodiscard]] bool is_arp() const {
    return match_.type == ethernet_type::arp || match_.type == ethernet_type::rarp;
  }
  [[nodiscard]] bool is_over_ip(std::uint8_t protocol) const {
    return (is_ipv4() || is_ipv6()) && match_.protocol == protocol;
  }

  // What is missing for a field; empty: nothing.
  [[nodiscard]] std::string_view needs(FieldNeeds what) const {
    switch (what) {
      case FieldNeeds::nothing:
        return {};
      case FieldNeeds::ip:
        return is_ipv4() || is_ipv6() ? "" : "ip or ipv6 beside it";
      case FieldNeeds::ip_or_arp:
        return is_ipv4() || is_ipv6() || is_arp() ? "" : "ip or ipv6 beside it";
      case FieldNeeds::ipv4_or_arp:
        return is_ipv4() || is_arp() ? "" : "ip beside it; IPv6 has ipv6_src and ipv6_dst";
      case FieldNeeds::ipv6:
        return is_ipv6() ? "" : "ipv6 beside it";
      case FieldNeeds::arp:
        return is_arp() ? "" : "arp beside it";
      case FieldNeeds::mpls:
        return match_.type == ethernet_type::mpls || match_.type == ethernet_type::mpls_multicast
                   ? ""
                   : "mpls beside it";
      case FieldNeeds::ports:
        return is_over_ip(IPPROTO_TCP) || is_over_ip(IPPROTO_UDP) || is_over_ip(IPPROTO_SCTP)
                   ? ""
                   : "a protocol with ports beside it: tcp, udp, sctp, tcp6, udp6 or sctp6";
      case FieldNeeds::tcp:
        return is_over_ip(IPPROTO_TCP) ? "" : "tcp or tcp6 beside it";
      case FieldNeeds::udp:
        return is_over_ip(IPPROTO_UDP) ? "" : "udp or udp6 beside it";
      case FieldNeeds::sctp:
        return is_over_ip(IPPROTO_SCTP) ? "" : "sctp or sctp6 beside it";
      case FieldNeeds::icmp_any:
        return (is_ipv4() && match_.protocol == IPPROTO_ICMP) ||
                       (is_ipv6() && match_.protocol == IPPROTO_ICMPV6)
                   ? ""
                   : "icmp or icmp6 beside it";
      case FieldNeeds::icmp6:
        return is_ipv6() && match_.protocol == IPPROTO_ICMPV6 ? "" : "icmp6 beside it";
    }
    return {};
  }

  // The addresses of ARP are nw_src and nw_dst, too.
  [[nodiscard]] const OpenflowField* of_arp(const OpenflowField* field) const {
    if (!is_arp() || field->needs != FieldNeeds::ipv4_or_arp) return field;
    return find_openflow_field(field->name.ends_with("_src") ? "arp_spa" : "arp_tpa");
  }

  [[nodiscard]] bool is_same(const OpenflowField& one, const OpenflowField& other) const {
    const auto& a = *of_arp(&one);
    const auto& b = *of_arp(&other);
    return a.place == b.place && a.offset == b.offset && a.shift == b.shift && a.bits == b.bits;
  }

  OpenflowMatch match_;
  std::vector<GivenField> given_;
};

}  // namespace

bool is_openflow_match(std::string_view text) {
  const auto trim = trimmed(text);
  if (trim.find(',') != trim.npos) return true;
  const auto equals = trim.find('=');
  const auto key = trim.substr(0, equals);
  if (!is_key(key) || trim.find_first_of(" \t") != trim.npos) return false;
  if (equals != trim.npos) return std::ranges::find(numbers_of_pcap, key) == numbers_of_pcap.end();
  return find_openflow_word(key) != nullptr &&
         std::ranges::find(words_of_pcap, key) == words_of_pcap.end();
}

Result<OpenflowMatch> parse_openflow_match(std::string_view text) {
  MatchReading reading;
  for (const auto& part : match_parts(text))
    if (auto done = reading.read(part); !done) return std::unexpected(done.error());
  return reading.finish();
}

}  // namespace linkfab::netem
