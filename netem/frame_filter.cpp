#include "netem/frame_filter.hpp"

#include <linux/filter.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <memory>
#include <netdb.h>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "core/pcap.hpp"
#include "netem/openflow_match.hpp"

namespace linkfab::netem {
namespace {

using namespace std::string_view_literals;

constexpr int whole_frame = 262144;
constexpr std::size_t most_instructions = BPF_MAXINSNS;

using Handle = std::unique_ptr<pcap_t, ClosePcap>;

// Only a handle that captures makes libpcap look for the tag where the kernel has it.
Handle live_handle(const Pcap& pcap) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  Handle handle(pcap.create("lo", error.data()));
  if (!handle) return nullptr;
  (void)pcap.set_snaplen(handle.get(), whole_frame);
  (void)pcap.set_buffer_size(handle.get(), 1 << 19);
  return pcap.activate(handle.get()) < 0 ? nullptr : std::move(handle);
}

// The words of pcap-filter(7) that may stand in an expression for frames.
constexpr std::array keywords{
    "and"sv,     "or"sv,      "not"sv,      "dst"sv,       "src"sv,    "host"sv,
    "net"sv,     "mask"sv,    "port"sv,     "portrange"sv, "proto"sv,  "protochain"sv,
    "gateway"sv, "less"sv,    "greater"sv,  "broadcast"sv, "ether"sv,  "multicast"sv,
    "len"sv,     "inbound"sv, "outbound"sv, "vlan"sv,      "mpls"sv,   "pppoed"sv,
    "pppoes"sv,  "link"sv,    "arp"sv,      "rarp"sv,      "ip"sv,     "ip6"sv,
    "tcp"sv,     "udp"sv,     "sctp"sv,     "icmp"sv,      "icmp6"sv,  "igmp"sv,
    "igrp"sv,    "pim"sv,     "vrrp"sv,     "carp"sv,      "ah"sv,     "esp"sv,
    "iso"sv,     "esis"sv,    "isis"sv,     "clnp"sv,      "stp"sv,    "ipx"sv,
    "netbeui"sv, "aarp"sv,    "atalk"sv,    "decnet"sv,    "lat"sv,    "sca"sv,
    "moprc"sv,   "mopdl"sv,   "loopback"sv, "llc"sv,       "geneve"sv, "vxlan"sv,
    "l1"sv,      "l2"sv,      "iih"sv,      "lsp"sv,       "snp"sv,    "csnp"sv,
    "psnp"sv};

bool is_word(char each) {
  return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '.' || each == ':' ||
         each == '_' || each == '-';
}

bool is_literal(std::string_view word) {
  // Addresses of all kinds, and numbers; "-" within an expression is an operator.
  return word.find(':') != std::string_view::npos ||
         word.find_first_not_of("0123456789.xabcdefABCDEF-") == std::string_view::npos;
}

// libpcap would ask the resolver for a name that it does not know, and wait for it.
bool may_be_host_name(std::string_view expression, std::string& name) {
  for (std::size_t start = 0; start < expression.size();) {
    if (!is_word(expression[start])) {
      ++start;
      continue;
    }
    auto end = start;
    while (end < expression.size() && is_word(expression[end])) ++end;
    name = expression.substr(start, end - start);
    start = end;
    const bool field = name.starts_with("tcp-") || name.starts_with("icmp-") ||
                       name.starts_with("icmp6-") || name.starts_with("tcp_") ||
                       name == "tcpflags" || name == "icmptype" || name == "icmpcode" ||
                       name == "icmp6type" || name == "icmp6code";
    if (field || is_literal(name) || std::ranges::find(keywords, name) != keywords.end()) continue;
    if (::getservbyname(name.c_str(), nullptr) == nullptr &&
        ::getprotobyname(name.c_str()) == nullptr)
      return true;
  }
  return false;
}

bool asks_for_tags(std::string_view expression) {
  return expression.find("vlan") != std::string_view::npos ||
         expression.find("VLAN") != std::string_view::npos;
}

}  // namespace

namespace {

Result<FilterProgram> compile(const Pcap& pcap, const std::string& expression, Handle handle) {
  const auto attempt = fmt::format("read the filter '{}'", expression.substr(0, 80));
  if (expression.find_first_not_of(" \t") == std::string::npos)
    return failure(Errc::invalid, attempt, "it is empty; write for example 'udp port 53'");
  if (expression.size() > longest_expression)
    return failure(Errc::invalid, attempt,
                   fmt::format("it is longer than {} bytes", longest_expression));
  for (const char each : expression)
    if (std::iscntrl(static_cast<unsigned char>(each)) != 0)
      return failure(Errc::invalid, attempt, "it holds a control character");
  if (is_openflow_match(expression)) {
    const auto match = parse_openflow_match(expression);
    if (!match) return failure(Errc::invalid, attempt, match.error().cause);
    return filter_program(*match);
  }
  if (std::string name; may_be_host_name(expression, name)) {
    return failure(Errc::invalid, attempt,
                   fmt::format("'{}' is neither a word of pcap-filter(7) nor a service of "
                               "/etc/services; hosts are given by address",
                               name));
  }
  if (!handle) handle.reset(pcap.open_dead(DLT_EN10MB, whole_frame));
  if (!handle) return failure(Errc::failed, attempt, "out of memory");
  bpf_program raw{};
  if (pcap.compile(handle.get(), &raw, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return failure(Errc::invalid, attempt, pcap.geterr(handle.get()));
  FilterProgram program;
  for (const bpf_insn& one : std::span(raw.bf_insns, raw.bf_len)) {
    program.push_back({one.code, one.jt, one.jf, one.k});
    if (one.code == (BPF_RET | BPF_K) && one.k != 0) program.back().operand = frame_matched;
  }
  pcap.freecode(&raw);
  if (program.size() > most_instructions) {
    return failure(Errc::invalid, attempt,
                   fmt::format("it needs {} instructions; the kernel takes {}", program.size(),
                               most_instructions));
  }
  return program;
}

}  // namespace

Result<FilterProgram> compile_filter(const std::string& expression) {
  // One filter is asked for again and again: at each plan of its port and each reading of counters.
  constexpr std::size_t most_kept = 256;
  thread_local std::map<std::string, FilterProgram> kept;
  if (const auto known = kept.find(expression); known != kept.end()) return known->second;
  const bool tags = asks_for_tags(expression);
  const auto pcap = load_pcap();
  if (!pcap) return std::unexpected(pcap.error());
  auto live = tags ? live_handle(**pcap) : nullptr;
  const bool complete = !tags || live;  // else another try may find the tags
  auto program = compile(**pcap, expression, std::move(live));
  if (!program || !complete) return program;
  if (kept.size() >= most_kept) kept.clear();
  kept.emplace(expression, *program);
  return program;
}

bool takes(const FilterProgram& program, ByteView frame, std::optional<std::uint16_t> tag) {
  std::vector<bpf_insn> raw;
  raw.reserve(program.size());
  for (const auto& one : program) {
    raw.push_back({one.code, one.jump_true, one.jump_false, one.operand});
    // libpcap's interpreter knows no packet of the kernel's that a tag could be beside.
    if (one.code != (BPF_LD | BPF_B | BPF_ABS) && one.code != (BPF_LD | BPF_H | BPF_ABS)) continue;
    if (one.operand == static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT))
      raw.back() = {BPF_LD | BPF_IMM, 0, 0, tag ? 1U : 0U};
    if (one.operand == static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG))
      raw.back() = {BPF_LD | BPF_IMM, 0, 0, tag.value_or(0)};
  }
  const auto length = static_cast<bpf_u_int32>(frame.size());
  const auto pcap = load_pcap();
  return pcap && !raw.empty() && (*pcap)->filter(raw.data(), frame.data(), length, length) != 0;
}

FilterProgram every_frame() {
  return {{.code = BPF_RET | BPF_K, .jump_true = 0, .jump_false = 0, .operand = frame_matched}};
}

}  // namespace linkfab::netem
