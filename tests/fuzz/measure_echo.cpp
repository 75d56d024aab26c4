// An answer to a ping: what is taken for one of ours is encoded again as it was.
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>

#include "measure/echo.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const int family : {AF_INET, AF_INET6}) {
    const auto echo = linkfab::measure::decode_reply({data, size}, family);
    if (!echo) continue;
    auto packet = linkfab::measure::encode_request(*echo, AF_INET6);
    packet[0] = 129;
    if (linkfab::measure::decode_reply(packet, AF_INET6) != echo) std::abort();
  }
  return 0;
}
