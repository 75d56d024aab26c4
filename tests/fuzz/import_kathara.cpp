#include "tests/fuzz/formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return linkfab::formats::fuzz_import(linkfab::formats::Format::kathara, data, size);
}
