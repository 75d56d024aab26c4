// Any text as a configuration file: bridges that are read are made by commands that all exist.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ubridge/command.hpp"
#include "ubridge/ini_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linkfab::ubridge;
  const auto sections = parse_ini({reinterpret_cast<const char*>(data), size});
  if (!sections) return 0;
  for (const IniSection& section : *sections) {
    const auto bridge = read_bridge(section);
    if (!bridge) continue;
    for (const Tokens& tokens : commands(*bridge))
      if (!find_command(tokens)) std::abort();
  }
  return 0;
}
