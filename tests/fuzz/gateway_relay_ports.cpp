// A relay's request and answer: what is read is written and read back equal.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/relay_port.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linkfab::gateway;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto ports = relay_ports_from_json(text);
      ports && relay_ports_from_json(to_json(*ports)) != ports)
    std::abort();
  if (const auto errors = relay_errors_from_json(text);
      errors && relay_errors_from_json(to_json(*errors)) != errors)
    std::abort();
  return 0;
}
