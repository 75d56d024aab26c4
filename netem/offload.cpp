#include "netem/offload.hpp"

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "netem/attributes.hpp"

namespace linkfab::netem {
namespace {

constexpr std::string_view segmentation[] = {
    "tx-tcp-segmentation",  "tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation",
    "tx-tcp6-segmentation", "tx-udp-segmentation",     "tx-sctp-segmentation"};
constexpr std::string_view checksum[] = {"tx-checksum-ipv4", "tx-checksum-ip-generic",
                                         "tx-checksum-ipv6", "tx-checksum-sctp"};

// The number of the "ethtool" family. The same in all namespaces as long as the kernel runs: asked
// for once.
Result<int> ethtool_family(Socket& generic) {
  static std::optional<int> family;
  if (family) return *family;
  Message message{GENL_ID_CTRL, 0, "look up ethtool netlink"};
  message.append(genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
  message.put(CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
  const auto answered = generic.query(message, [](const nlmsghdr& answer) {
    family = Attributes{answer, sizeof(genlmsghdr)}.get<std::uint16_t>(CTRL_ATTR_FAMILY_ID);
  });
  if (!answered && answered.error().code == Errc::not_found) {
    return failure(Errc::unsupported, message.what(),
                   "this kernel has none; Linux 5.6 is the first");
  }
  if (!answered) return std::unexpected(answered.error());
  return *family;
}

Result<Message> ethtool_message(Socket& generic, std::uint8_t command, const std::string& device,
                                std::string what) {
  const auto family = ethtool_family(generic);
  if (!family) return std::unexpected(family.error());
  Message message{*family, 0, std::move(what)};
  message.append(genlmsghdr{.cmd = command, .version = ETHTOOL_GENL_VERSION, .reserved = 0});
  message.nest(ETHTOOL_A_FEATURES_HEADER, [&](Message& header) {
    header.put(ETHTOOL_A_HEADER_DEV_NAME, device);
    header.put(ETHTOOL_A_HEADER_FLAGS, std::uint32_t{ETHTOOL_FLAG_OMIT_REPLY});
  });
  return message;
}

// A feature that the device cannot change stays as it is: the kernel does not call that an error.
Result<void> set_features(Socket& generic, const std::string& device, bool on,
                          std::span<const std::string_view> names, const std::string& what) {
  auto message = ethtool_message(generic, ETHTOOL_MSG_FEATURES_SET, device,
                                 "switch the " + what + " offload of device " + device);
  if (!message) return std::unexpected(message.error());
  message->nest(ETHTOOL_A_FEATURES_WANTED, [&](Message& wanted) {
    wanted.nest(ETHTOOL_A_BITSET_BITS, [&](Message& bits) {
      for (const std::string_view name : names) {
        bits.nest(ETHTOOL_A_BITSET_BITS_BIT, [&](Message& bit) {
          bit.put(ETHTOOL_A_BITSET_BIT_NAME, name);
          if (on) bit.put(ETHTOOL_A_BITSET_BIT_VALUE, nullptr, 0);
        });
      }
    });
  });
  return generic.request(*message);
}

// In a set without a mask only the bits that are on are listed.
bool any_segmentation(const nlmsghdr& answer) {
  const Attributes active =
      Attributes{answer, sizeof(genlmsghdr)}.nested(ETHTOOL_A_FEATURES_ACTIVE);
  bool any = false;
  for_each_attribute(active.bytes(ETHTOOL_A_BITSET_BITS), [&](int, ByteView bit) {
    const std::string name = Attributes{bit}.text(ETHTOOL_A_BITSET_BIT_NAME);
    any = any || std::ranges::find(segmentation, name) != std::end(segmentation);
  });
  return any;
}

}  // namespace

Result<void> set_segmentation_offload(Socket& generic, const std::string& device, bool on) {
  return set_features(generic, device, on, segmentation, "segmentation");
}

Result<void> set_checksum_offload(Socket& generic, const std::string& device, bool on) {
  return set_features(generic, device, on, checksum, "checksum");
}

Result<bool> segmentation_offload(Socket& generic, const std::string& device) {
  const auto message = ethtool_message(generic, ETHTOOL_MSG_FEATURES_GET, device,
                                       "read the offloads of device " + device);
  if (!message) return std::unexpected(message.error());
  bool any = false;
  const auto answered =
      generic.query(*message, [&](const nlmsghdr& answer) { any = any_segmentation(answer); });
  if (!answered) return std::unexpected(answered.error());
  return any;
}

}  // namespace linkfab::netem
