// A frame as a line of text: never a line break, never empty, and the same frame whole or cut short
// by one byte is read without reaching past its end.
#include <cstdint>
#include <cstdlib>

#include "capture/decode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const linkfab::ByteView frame(data, size);
  for (const auto part : {frame, frame.first(size - (size > 0 ? 1 : 0))}) {
    const linkfab::Bytes alone(part.begin(), part.end());  // its end is the end of memory
    const auto text = linkfab::capture::describe(alone, static_cast<std::uint32_t>(size));
    if (text.empty() || text.find_first_of("\r\n") != std::string::npos) std::abort();
  }
  return 0;
}
