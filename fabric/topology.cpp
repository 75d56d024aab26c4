#include "fabric/topology.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace linkfab::fabric {
namespace {

constexpr std::size_t longest_name = 63;
constexpr std::size_t longest_interface_name = 15;  // IFNAMSIZ without its NUL

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The rule for names of nodes and links, which differ in the characters allowed.
Result<void> check_name(std::string_view what, std::string_view name, std::string_view marks) {
  const auto wrong = [&](std::string cause) -> Result<void> {
    return failure(Errc::invalid, fmt::format("name a {} '{}'", what, name), std::move(cause));
  };
  if (name.empty()) return wrong("a name is needed");
  if (name.size() > longest_name)
    return wrong(fmt::format("{} characters are too many; at most {}", name.size(), longest_name));
  if (name.front() == '-' || name.front() == '.')
    return wrong(fmt::format("a name does not start with '{}'", name.front()));
  const auto bad = std::ranges::find_if_not(
      name, [&](char c) { return is_alphanumeric(c) || marks.find(c) != std::string_view::npos; });
  if (bad == name.end()) return {};
  return wrong(fmt::format("a name is made of A-Z a-z 0-9 {}", fmt::join(marks, " ")));
}

}  // namespace

std::string format(const Endpoint& endpoint) {
  return endpoint.node + ":" + endpoint.interface;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto attempt = [&] { return fmt::format("read '{}'", text); };
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return failure(Errc::invalid, attempt(),
                   "an end is written NODE:INTERFACE, for example r1:eth0");
  const auto node = text.substr(0, colon);
  const auto interface = text.substr(colon + 1);
  if (const auto good = check_node_name(node); !good)
    return failure(Errc::invalid, attempt(),
                   fmt::format("node '{}': {}", node, good.error().cause));
  if (const auto good = check_interface_name(interface); !good) {
    return failure(Errc::invalid, attempt(),
                   fmt::format("interface '{}': {}", interface, good.error().cause));
  }
  return Endpoint{std::string{node}, std::string{interface}};
}

std::string link_name(const Endpoint& a, const Endpoint& b) {
  return format(a) + "--" + format(b);
}

Result<void> check_node_name(std::string_view name) {
  return check_name("node", name, "._-");
}

Result<void> check_link_name(std::string_view name) {
  return check_name("link", name, "._-:");
}

Result<void> check_interface_name(std::string_view name) {
  const auto wrong = [&](std::string cause) -> Result<void> {
    return failure(Errc::invalid, fmt::format("name an interface '{}'", name), std::move(cause));
  };
  if (name.empty()) return wrong("a name is needed");
  if (name.size() > longest_interface_name) {
    return wrong(fmt::format("{} bytes are too many; the kernel takes at most {}", name.size(),
                             longest_interface_name));
  }
  if (name == "." || name == ".." || name == "lo")
    return wrong("the kernel keeps that name for itself");
  // isspace() of the kernel: Latin-1's no-break space too. A '%' would be a pattern
  // (dev_alloc_name()).
  const auto bad = std::ranges::find_if(name, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '/' || c == ':' ||
           c == '%' || c == '\xa0';
  });
  if (bad == name.end()) return {};
  return wrong("it may not hold '/', ':', '%', a space or a control character");
}

}  // namespace linkfab::fabric
