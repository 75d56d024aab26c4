#include "capture/packet_ring.hpp"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <span>
#include <utility>

namespace linkfab::capture {
namespace {

constexpr std::size_t tag_place = 12;  // behind both addresses
constexpr std::size_t tag_size = 4;

template <class Value>
Result<void> set(const Fd& fd, int level, int option, const Value& value, const char* attempt) {
  if (::setsockopt(fd.get(), level, option, &value, sizeof value) == 0) return {};
  return system_failure(attempt);
}

Result<void> attach(const Fd& fd, const netem::FilterProgram& filter) {
  std::vector<sock_filter> code;
  for (const auto& one : filter)
    code.push_back({one.code, one.jump_true, one.jump_false, one.operand});
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, "attach the filter");
}

Result<void> prepare(const Fd& fd, const RingOptions& options, std::uint32_t blocks) {
  if (auto done = attach(fd, ring_filter(options)); !done) return done;
  // Time stamps as a frame comes in, not as it is put into the ring.
  if (auto done = set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1, "ask for time stamps"); !done) return done;
  if (!options.directions.out)
    if (auto done = set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "ignore outgoing frames"); !done)
      return done;
  const int version = TPACKET_V3;
  if (auto done = set(fd, SOL_PACKET, PACKET_VERSION, version, "ask for TPACKET_V3"); !done)
    return done;
  constexpr std::uint32_t usual_frame = 2048;  // only a hint in this version
  tpacket_req3 request{};
  request.tp_block_size = ring_block;
  request.tp_block_nr = blocks;
  request.tp_frame_size = usual_frame;
  request.tp_frame_nr = blocks * (ring_block / usual_frame);
  request.tp_retire_blk_tov = static_cast<unsigned>(ring_delay.count());
  return set(fd, SOL_PACKET, PACKET_RX_RING, request, "make a packet ring");
}

tpacket_block_desc& block_at(std::uint8_t* memory, std::uint32_t number) {
  return *reinterpret_cast<tpacket_block_desc*>(memory + std::size_t{number} * ring_block);
}

}  // namespace

netem::FilterProgram ring_filter(const RingOptions& options) {
  netem::FilterProgram program;
  if (!options.directions.in) {
    constexpr auto packet_type = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
    program = {{.code = BPF_LD | BPF_B | BPF_ABS, .operand = packet_type},
               {.code = BPF_JMP | BPF_JEQ | BPF_K, .jump_true = 1, .operand = PACKET_OUTGOING},
               {.code = BPF_RET | BPF_K, .operand = 0}};
  }
  for (auto one : options.filter) {
    if (one.code == (BPF_RET | BPF_K) && one.operand != 0) one.operand = options.snaplen;
    program.push_back(one);
  }
  return program;
}

Result<PacketRing> PacketRing::open(const std::string& device, const RingOptions& options) {
  Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return system_failure("open a packet socket");
  const auto index = static_cast<int>(::if_nametoindex(device.c_str()));
  if (index == 0) return failure(Errc::not_found, "capture on " + device, "no such device");
  const auto blocks = std::max(options.blocks, 2U);
  if (auto done = prepare(fd, options, blocks); !done) return std::unexpected(done.error());
  void* memory = ::mmap(nullptr, std::size_t{blocks} * ring_block, PROT_READ | PROT_WRITE,
                        MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return system_failure("map a packet ring");
  PacketRing ring(std::move(fd), device, index, static_cast<std::uint8_t*>(memory), blocks);
  // Last: nothing arrives before the filter is there.
  const sockaddr_ll address{
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
  if (::bind(ring.fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_failure("capture on " + device);
  return ring;
}

PacketRing::PacketRing(PacketRing&& other) noexcept
    : fd_(std::move(other.fd_)),
      device_(std::move(other.device_)),
      index_(other.index_),
      memory_(std::exchange(other.memory_, nullptr)),
      blocks_(other.blocks_),
      next_(other.next_),
      counters_(other.counters_),
      tagged_(std::move(other.tagged_)) {}

PacketRing::~PacketRing() {
  if (memory_ != nullptr) ::munmap(memory_, std::size_t{blocks_} * ring_block);
}

bool PacketRing::read(const std::function<void(const Frame&)>& take) {
  bool full = false;
  // Once around at most: others have their turn.
  for (std::uint32_t i = 0; i < blocks_; ++i) {
    auto& block = block_at(memory_, next_);
    auto& header = block.hdr.bh1;
    std::atomic_ref<std::uint32_t> status(header.block_status);
    const auto seen = status.load(std::memory_order_acquire);
    if ((seen & TP_STATUS_USER) == 0) break;
    full = full || (seen & TP_STATUS_BLK_TMO) == 0;
    const auto* place = reinterpret_cast<const std::uint8_t*>(&block) + header.offset_to_first_pkt;
    for (std::uint32_t left = header.num_pkts; left > 0; --left) {
      const auto& packet = *reinterpret_cast<const tpacket3_hdr*>(place);
      const auto& from =
          *reinterpret_cast<const sockaddr_ll*>(place + TPACKET_ALIGN(sizeof(tpacket3_hdr)));
      Frame frame{.outgoing = from.sll_pkttype == PACKET_OUTGOING,
                  .time = Time(std::chrono::seconds(packet.tp_sec) +
                               std::chrono::nanoseconds(packet.tp_nsec)),
                  .bytes = {place + packet.tp_mac, packet.tp_snaplen},
                  .whole_size = packet.tp_len};
      if ((packet.tp_status & TP_STATUS_VLAN_VALID) != 0 && frame.bytes.size() >= tag_place) {
        Writer tag;
        tag.u16((packet.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? packet.hv1.tp_vlan_tpid
                                                                    : std::uint16_t{ETH_P_8021Q});
        tag.u16(static_cast<std::uint16_t>(packet.hv1.tp_vlan_tci));
        tagged_.assign(frame.bytes.begin(), frame.bytes.end());
        tagged_.insert(tagged_.begin() + tag_place, tag.view().begin(), tag.view().end());
        frame.bytes = tagged_;
        frame.whole_size += tag_size;
      }
      take(frame);
      place += packet.tp_next_offset;
    }
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    next_ = (next_ + 1) % blocks_;
  }
  return full;
}

PacketRing::Counters PacketRing::counters() {
  tpacket_stats_v3 since{};  // the last question
  socklen_t size = sizeof since;
  if (::getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &since, &size) == 0) {
    counters_.received += since.tp_packets;
    counters_.dropped += since.tp_drops;
  }
  return counters_;
}

bool PacketRing::gone() {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) return false;
  return static_cast<int>(::if_nametoindex(device_.c_str())) != index_;
}

}  // namespace linkfab::capture
