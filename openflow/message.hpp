// The header of every OpenFlow message (OpenFlow 1.4 §7.1), cutting a stream into messages, and the
// messages that are little more than a header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace linkfab::openflow {

using Xid = std::uint32_t;

inline constexpr std::uint8_t wire_version = 5;  // OpenFlow 1.4
inline constexpr std::size_t header_length = 8;
inline constexpr std::size_t longest_message = 65535;

// ofp_type. Others arrive, and are passed over.
enum class Type : std::uint8_t {
  hello = 0,
  error = 1,
  echo_request = 2,
  echo_reply = 3,
  features_request = 5,
  features_reply = 6,
  port_status = 12,
  flow_mod = 14,
  group_mod = 15,
  multipart_request = 18,
  multipart_reply = 19,
  barrier_request = 20,
  barrier_reply = 21,
  set_async = 28,
  meter_mod = 29,
  requestforward = 32,
  bundle_control = 33,
  bundle_add = 34,
};

struct Message {
  std::uint8_t version = wire_version;
  Type type = Type::hello;
  Xid xid = 0;
  ByteView body;  // what follows the header
};

// Bytes in as they arrive, messages out.
class Framer {
 public:
  void append(ByteView bytes);
  // The next whole message, which stays valid until the next append(); nothing where more bytes are
  // needed. An error means that the stream makes no sense from here on.
  Result<std::optional<Message>> next();

 private:
  Bytes buffer_;
  std::size_t taken_ = 0;
};

// A message is written between these two; the second fills in its length.
[[nodiscard]] std::size_t begin_message(Writer& out, Type type, Xid xid);
void end_message(Writer& out, std::size_t start);

[[nodiscard]] Bytes encode_hello(Xid xid);
// Does a peer that greets like this speak OpenFlow 1.4 with us (§6.3.1)?
[[nodiscard]] bool agrees(const Message& hello);

[[nodiscard]] Bytes encode_echo_reply(const Message& request);
[[nodiscard]] Bytes encode_features_request(Xid xid);
[[nodiscard]] Result<std::uint64_t> decode_datapath_id(ByteView features_reply);
// Asks for every port-status message and every forwarded group modification of others, and for no
// other asynchronous message (§7.3.10).
[[nodiscard]] Bytes encode_set_async(Xid xid);
void encode_barrier(Writer& out, Xid xid);

}  // namespace linkfab::openflow
