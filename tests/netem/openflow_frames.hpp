// Frames of all kinds, by name, as hexadecimal digits without a gap.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tests/support/wire.hpp"

namespace linkfab::netem::test {

inline std::string ethernet(std::string_view type, std::string_view payload,
                            std::string_view destination = "02000000000b") {
  return linkfab::test::hex(fmt::format("{} 02000000000a {} {}", destination, type, payload));
}

inline std::string tagged(std::string_view tag, const std::string& frame,
                          std::string_view type = "8100") {
  return frame.substr(0, 24) + std::string(type) + std::string(tag) + frame.substr(24);
}

struct Internet4 {
  std::string_view tos = "b8";
  std::string_view fragment = "4000";
  std::string_view ttl = "40";
  std::string_view source = "0a000001";
  std::string_view destination = "0a000102";
  std::string_view options = "";
};

inline std::string ipv4(std::string_view protocol, std::string_view payload,
                        const Internet4& header = {}) {
  const auto digits = linkfab::test::hex(payload);
  const auto own = 20 + header.options.size() / 2;
  return linkfab::test::hex(fmt::format("4{:x} {} {:04x} 0000 {} {} {} 0000 {} {} {} {}", own / 4,
                                        header.tos, own + digits.size() / 2, header.fragment,
                                        header.ttl, protocol, header.source, header.destination,
                                        header.options, digits));
}

inline std::string ipv6(std::string_view next_header, std::string_view payload,
                        std::string_view first_word = "6b800005", std::string_view hops = "40") {
  const auto digits = linkfab::test::hex(payload);
  return linkfab::test::hex(fmt::format(
      "{} {:04x} {} {} 20010db8000000000000000000000001 20010db8000100000000000000000002 {}",
      first_word, digits.size() / 2, next_header, hops, digits));
}

inline std::string arp(std::string_view operation) {
  return linkfab::test::hex(
      fmt::format("0001 0800 06 04 {} 02000000000a 0a000001 02000000000b 0a000102", operation));
}

inline std::string tcp(std::string_view flags) {
  return fmt::format("1000 0050 00000001 00000000 5{} 2000 0000 0000", flags);
}

inline const std::map<std::string, std::string>& frames() {
  constexpr auto sip = "1388 13c4 000c 0000 00000000";  // UDP from 5000 to 5060
  constexpr auto sctp = "2710 0e38 00000000 00000000";  // from 10000 to 3640
  constexpr auto echo = "80 00 0000 0001 0001";         // of ICMPv6
  static const auto udp = ethernet("0800", ipv4("11", sip));
  static const auto udp6 = ethernet("86dd", ipv6("11", sip));
  static const auto arp_request = ethernet("0806", arp("0001"), "ffffffffffff");
  static const std::map<std::string, std::string> all{
      {"udp", udp},
      {"udp-tagged", tagged("600a", udp)},
      {"udp-priority", tagged("e000", udp)},
      {"udp-service", tagged("000a", udp, "88a8")},
      {"udp-double", tagged("0014", tagged("000a", udp), "88a8")},
      {"udp-options", ethernet("0800", ipv4("11", sip, {.options = "01010100"}))},
      {"udp-first", ethernet("0800", ipv4("11", sip, {.fragment = "2000"}))},
      {"udp-later", ethernet("0800", ipv4("11", sip, {.fragment = "00b9"}))},
      {"udp-last", tagged("000a", ethernet("0800", ipv4("11", sip, {.fragment = "00b9"})))},
      {"udp-snap", ethernet("0028", "aaaa03 000000 0800" + ipv4("11", sip))},
      {"udp-multicast",
       ethernet("0800",
                ipv4("11", "0035 1000 000c 0000 00000000",
                     {.tos = "03", .ttl = "01", .source = "c0a80709", .destination = "e0000005"}),
                "01005e000005")},
      {"tcp-syn", ethernet("0800", ipv4("06", tcp("002")))},
      {"tcp-synack", ethernet("0800", ipv4("06", tcp("012")))},
      {"tcp-ack", tagged("000a", ethernet("0800", ipv4("06", tcp("010"))))},
      {"tcp-ns", ethernet("0800", ipv4("06", tcp("110")))},
      {"sctp", ethernet("0800", ipv4("84", sctp))},
      {"icmp-echo", ethernet("0800", ipv4("01", "08 00 0000 0001 0001"))},
      {"icmp-host", ethernet("0800", ipv4("01", "03 01 0000 00000000"))},
      {"ospf", ethernet("0800", ipv4("59", "0201002c", {.tos = "c0", .ttl = "01"}))},
      {"udp6", udp6},
      {"udp6-tagged", tagged("600a", udp6)},
      {"udp6-options", ethernet("86dd", ipv6("00", std::string("3c00 010400000000 1101 010c") +
                                                       "000000000000000000000000" + sip))},
      {"udp6-routed", ethernet("86dd", ipv6("2b", std::string("1100 040000000000") + sip))},
      {"udp6-ah",
       ethernet("86dd", ipv6("33", std::string("1102 0000 00000001 00000001 00000000") + sip))},
      {"udp6-atomic", ethernet("86dd", ipv6("2c", std::string("1100 0000 00000007") + sip))},
      {"udp6-first", ethernet("86dd", ipv6("2c", std::string("1100 0001 00000007") + sip))},
      {"udp6-later", ethernet("86dd", ipv6("2c", std::string("1100 05a8 00000007") + sip))},
      {"tcp6-syn", ethernet("86dd", ipv6("06", tcp("002"), "60000000", "01"))},
      {"sctp6", ethernet("86dd", ipv6("84", sctp))},
      {"icmp6-echo", ethernet("86dd", ipv6("3a", echo))},
      {"arp-request", arp_request},
      {"arp-tagged", tagged("000a", arp_request)},
      {"arp-reply", ethernet("0806", arp("0002"))},
      {"rarp", ethernet("8035", arp("0003"))},
      {"lldp", ethernet("88cc", "0207040200000000010000", "0180c200000e")},
      {"stp", ethernet("0026", "424203 0000000000 00000000", "0180c2000000")},
      {"mpls", ethernet("8847", "00064b40" + ipv4("11", sip))},
      {"mpls-multicast", ethernet("8848", "00064a01 00065b40" + ipv4("11", sip))},
  };
  return all;
}

}  // namespace linkfab::netem::test
