#include "ubridge/carrier/packet_port.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/fd.hpp"
#include "ubridge/bpf.hpp"
#include "ubridge/carrier/offload.hpp"
#include "ubridge/carrier/socket_frames.hpp"

namespace linkfab::ubridge {
namespace {

// struct virtio_net_hdr in host byte order; linux/virtio_net.h is not C++.
struct OffloadHeader {
  std::uint8_t flags = 0;
  std::uint8_t segmentation = 0;
  std::uint16_t headers = 0;
  std::uint16_t segment_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
};
constexpr std::uint8_t needs_checksum = 1;  // VIRTIO_NET_HDR_F_NEEDS_CSUM
constexpr std::uint8_t one_segment = 0;     // VIRTIO_NET_HDR_GSO_NONE

// The tag is the first thing behind both addresses. The frame grows into the room before it.
Frame with_tag(Frame frame, std::uint16_t protocol, std::uint16_t tag) {
  constexpr std::size_t tag_size = 4;
  constexpr std::size_t addresses = std::size_t{2} * ETH_ALEN;
  if (frame.size() < addresses) return frame;
  std::uint8_t* start = frame.data() - tag_size;
  std::memmove(start, frame.data(), addresses);
  const auto octet = [](int value) { return static_cast<std::uint8_t>(value & 0xff); };
  start[addresses] = octet(protocol >> 8);
  start[addresses + 1] = octet(protocol);
  start[addresses + 2] = octet(tag >> 8);
  start[addresses + 3] = octet(tag);
  return {start, frame.size() + tag_size};
}

Frame restore_tag(Frame frame, msghdr& message) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_PACKET || one->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata data{};
    std::memcpy(&data, CMSG_DATA(one), sizeof data);
    if ((data.tp_status & TP_STATUS_VLAN_VALID) == 0) return frame;
    const bool named = (data.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    return with_tag(frame, named ? data.tp_vlan_tpid : ETH_P_8021Q, data.tp_vlan_tci);
  }
  return frame;
}

class PacketPort : public Port {
 public:
  explicit PacketPort(Fd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int descriptor() const override { return socket_.get(); }

  Sent send(std::span<const Frame> frames) override {
    static constexpr std::array<std::uint8_t, sizeof(OffloadHeader)> complete{};
    return send_frames(socket_.get(), frames, {.prefix = complete});
  }

  Reading receive(FrameBatch& batch) override {
    std::array<mmsghdr, FrameBatch::capacity> messages{};
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Frame room = batch.buffer(i);
      parts_[i] = {iovec{&offloads_[i], sizeof offloads_[i]}, iovec{room.data(), room.size()}};
      msghdr& header = messages[i].msg_hdr;
      header.msg_iov = parts_[i].data();
      header.msg_iovlen = parts_[i].size();
      header.msg_control = &controls_[i];
      header.msg_controllen = sizeof controls_[i];
    }
    batch.clear();
    const int count =
        ::recvmmsg(socket_.get(), messages.data(), messages.size(), MSG_DONTWAIT, nullptr);
    // Told once each: ENETDOWN, and EINVAL for a frame of a kind that has no virtio header.
    if (count < 0) return errno == EAGAIN ? Reading::drained : Reading::some;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      take(batch, i, messages[i].msg_len, messages[i].msg_hdr);
    return static_cast<std::size_t>(count) == messages.size() ? Reading::some : Reading::drained;
  }

  Result<void> set_filter(const std::optional<std::string>& expression) override {
    if (!expression) {
      filter_.reset();
      return {};
    }
    auto program = compile_bpf(*expression, LinkType{});
    if (!program) return std::unexpected(program.error());
    filter_ = std::move(*program);
    return {};
  }

 private:
  void take(FrameBatch& batch, std::size_t index, std::size_t length, msghdr& message) {
    if (length <= sizeof(OffloadHeader)) return;
    Frame frame = batch.buffer(index).first(length - sizeof(OffloadHeader));
    const OffloadHeader& header = offloads_[index];
    const bool is_whole = header.segmentation == one_segment;
    Offload offload{.needs_checksum = (header.flags & needs_checksum) != 0,
                    .checksum_start = header.checksum_start,
                    .checksum_offset = header.checksum_offset,
                    .segment_size = is_whole ? std::size_t{0} : header.segment_size};
    const std::size_t before = frame.size();
    frame = restore_tag(frame, message);
    offload.checksum_start += frame.size() - before;
    if (offload.segment_size > 0) {
      for (Bytes& segment : cut_segments(frame, offload))
        if (wanted(segment)) batch.add(std::move(segment));
      return;
    }
    finish_checksum(frame, offload);
    if (wanted(frame)) batch.add(frame);
  }

  [[nodiscard]] bool wanted(ByteView frame) const { return !filter_ || filter_->matches(frame); }

  struct alignas(cmsghdr) Control {
    std::array<char, CMSG_SPACE(sizeof(tpacket_auxdata))> bytes;
  };

  Fd socket_;
  std::optional<BpfProgram> filter_;
  std::array<OffloadHeader, FrameBatch::capacity> offloads_{};
  std::array<std::array<iovec, 2>, FrameBatch::capacity> parts_{};
  std::array<Control, FrameBatch::capacity> controls_{};
};

bool set_option(const Fd& socket, int option) {
  const int on = 1;
  return ::setsockopt(socket.get(), SOL_PACKET, option, &on, sizeof on) == 0;
}

}  // namespace

Result<std::unique_ptr<Port>> open_packet(const std::string& device) {
  const std::string attempt = "open a packet socket on " + device;
  const auto index = static_cast<int>(::if_nametoindex(device.c_str()));
  if (index == 0) return system_failure(attempt);
  // No protocol yet: until it is bound it would hear every device.
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket || !set_option(socket, PACKET_VNET_HDR) || !set_option(socket, PACKET_AUXDATA))
    return system_failure(attempt);
  enlarge_buffers(socket.get());
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = index;
  promiscuous.mr_type = PACKET_MR_PROMISC;
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
                   sizeof promiscuous) != 0)
    return system_failure(attempt);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = index;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_failure(attempt);
  return std::make_unique<PacketPort>(std::move(socket));
}

}  // namespace linkfab::ubridge
