#include "ubridge/bpf.hpp"

#include <memory>
#include <span>

#include "core/pcap.hpp"

namespace linkfab::ubridge {
namespace {

constexpr int snap_length = 65535;

}  // namespace

bool BpfProgram::matches(ByteView frame) const {
  std::vector<bpf_insn> raw;
  raw.reserve(instructions.size());
  for (const auto& one : instructions)
    raw.push_back({one.code, one.jump_true, one.jump_false, one.operand});
  const auto length = static_cast<bpf_u_int32>(frame.size());
  const auto pcap = load_pcap();
  return pcap && !raw.empty() && (*pcap)->filter(raw.data(), frame.data(), length, length) != 0;
}

Result<BpfProgram> compile_bpf(const std::string& expression, LinkType link_type) {
  const std::string attempt = "Cannot compile filter '" + expression + "'";
  const auto pcap = load_pcap();
  if (!pcap) return failure(pcap.error().code, attempt, format(pcap.error()));
  const std::unique_ptr<pcap_t, ClosePcap> handle(
      (*pcap)->open_dead(link_type.number, snap_length));
  if (!handle) return failure(Errc::failed, attempt, "out of memory");
  bpf_program raw{};
  if ((*pcap)->compile(handle.get(), &raw, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return failure(Errc::invalid, attempt, (*pcap)->geterr(handle.get()));
  BpfProgram program;
  for (const bpf_insn& one : std::span(raw.bf_insns, raw.bf_len))
    program.instructions.push_back({one.code, one.jt, one.jf, one.k});
  (*pcap)->freecode(&raw);
  return program;
}

}  // namespace linkfab::ubridge
