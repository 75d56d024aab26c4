// Any text at all: no crash, findings in the order of the text, and what is read is written and
// read back equal.
#include "fabric/topology_file.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linkfab::fabric;
  const auto read = parse_topology({reinterpret_cast<const char*>(data), size}, "/fuzz/lab.json");
  if (read) {
    const auto again = parse_topology(write_topology(*read), "/fuzz/lab.json");
    if (!again || *again != *read) std::abort();
    return 0;
  }
  if (read.error().empty()) std::abort();
  for (std::size_t i = 1; i < read.error().size(); ++i) {
    const auto& before = read.error()[i - 1].position;
    const auto& after = read.error()[i].position;
    if (after.line < before.line || (after.line == before.line && after.column < before.column))
      std::abort();
  }
  return 0;
}
