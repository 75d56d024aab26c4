// A stream from a client, cut into lines, each a command over Effects that do nothing, some of
// which fail: every line has one answer of the right form, and at the end all can be taken away.
#include <cstdint>
#include <cstdlib>
#include <netdb.h>
#include <string_view>

#include "tests/ubridge/fake_effects.hpp"
#include "ubridge/hypervisor.hpp"

// libpcap resolves names in filters: not over the network here.
extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  return EAI_FAIL;
}

namespace {

using namespace linkfab::ubridge;

void require(bool condition) {
  if (!condition) std::abort();
}

// "1xx TEXT" lines and one "CCC-TEXT" at the end, all ended by CR LF.
void check(std::string_view reply) {
  while (true) {
    const auto end = reply.find("\r\n");
    require(end != std::string_view::npos && end >= 4);
    const std::string_view line = reply.substr(0, end);
    require(line.find_first_of("\r\n") == std::string_view::npos);
    reply.remove_prefix(end + 2);
    if (reply.empty()) return require((line[0] == '1' || line[0] == '2') && line[3] == '-');
    require(line.starts_with("101 "));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::FakeEffects effects;
  effects.devices = {"tap0"};
  if (size % 3 == 0) effects.fail("join");
  if (size % 5 == 0) effects.fail("set_filters");
  Hypervisor hypervisor(effects, [](const std::string&) {});
  LineFramer lines;
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  lines.append(stream.substr(0, size / 2));
  lines.append(stream.substr(size / 2));
  while (const auto line = lines.next())
    if (*line) check(encode(hypervisor.execute(**line)));
  hypervisor.clear();
  require(hypervisor.bridges() == Bridges{});
  return 0;
}
