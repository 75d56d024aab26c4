// The parts of what was received: messages, and their attributes by type. Nothing is read beyond
// the bytes given, whatever the lengths inside them say; of an attribute that occurs twice the last
// one counts.
#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>

#include "core/bytes.hpp"

namespace linkfab::netem {

// What follows the netlink header, as far as nlmsg_len says; empty where that is too short.
[[nodiscard]] ByteView payload(const nlmsghdr& message);

// Calls `visit` for each message of a received datagram, which must be aligned as nlmsghdr is.
void for_each_message(ByteView datagram, const std::function<void(const nlmsghdr& message)>& visit);

// Calls `visit` with the type (without the flags in it) and the content of each attribute.
void for_each_attribute(ByteView bytes,
                        const std::function<void(int type, ByteView content)>& visit);

// The start of `bytes` as a T; what is missing at the end is zero: an older kernel's structure is
// shorter.
template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] T load(ByteView bytes) {
  T value{};
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

class Attributes {
 public:
  explicit Attributes(ByteView bytes);
  // Those of a message whose family header is `header_size` bytes long.
  Attributes(const nlmsghdr& message, std::size_t header_size);

  [[nodiscard]] bool has(int type) const { return at(type).data() != nullptr; }
  [[nodiscard]] ByteView bytes(int type) const { return at(type); }
  template <class T>
  [[nodiscard]] T get(int type) const {  // zero where it is absent
    return load<T>(at(type));
  }
  [[nodiscard]] std::string text(int type) const;  // up to the first NUL
  [[nodiscard]] Attributes nested(int type) const { return Attributes{at(type)}; }

 private:
  [[nodiscard]] ByteView at(int type) const;

  std::array<ByteView, 72> attributes_;  // IFLA_ has the highest numbers of those read here
};

}  // namespace linkfab::netem
