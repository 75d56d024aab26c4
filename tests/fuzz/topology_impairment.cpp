// Lines "key=value": whatever they set is printed and read back equal.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "netem/impairment.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linkfab::netem;
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  Impairment impairment;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      (void)set_option(impairment, line.substr(0, equals), line.substr(equals + 1));
  }
  (void)validate(impairment);
  Impairment again;
  for (const auto& [key, value] : options(impairment))
    if (!set_option(again, key, value)) std::abort();
  if (again != impairment) std::abort();
  return 0;
}
