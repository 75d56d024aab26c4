#include "tools/bridge/host_carrier.hpp"

#include <net/if.h>

#include <algorithm>
#include <stdexcept>

#include "netem/offload.hpp"
#include "netem/placement.hpp"

namespace linkfab::tools {
namespace {

using netem::IfIndex;
using netem::Message;

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(format(result.error()));
  return std::move(*result);
}

Result<IfIndex> find(const std::string& device) {
  const auto index = static_cast<int>(::if_nametoindex(device.c_str()));
  if (index == 0) return system_failure("find device " + device);
  return IfIndex{index};
}

}  // namespace

HostCarrier::HostCarrier(boost::asio::any_io_executor executor, int debug_level,
                         const ubridge::Log& log)
    : Carrier(std::move(executor), debug_level, log),
      route_(value_or_throw(netem::Socket::route())),
      generic_(value_or_throw(netem::Socket::generic())) {}

template <class Build>
Result<void> HostCarrier::request(const std::string& device, Build build) {
  const auto index = find(device);
  if (!index) return std::unexpected(index.error());
  return route_.request(build(*index));
}

bool HostCarrier::has_device(const std::string& device) {
  return find(device).has_value();
}

Result<bool> HostCarrier::create_veth(const std::string& first, const std::string& second) {
  constexpr std::uint32_t mtu = 1500;
  const auto made = route_.request(netem::create_veth(
      {.host_name = first, .host_mtu = mtu, .node_name = second, .node_mtu = mtu}));
  if (!made) return std::unexpected(made.error());
  if (const auto up = HostCarrier::set_up(first); !up) {
    const auto undone = HostCarrier::delete_veth(first);
    return std::unexpected(undone ? up.error() : undone.error());
  }
  return netem::set_checksum_offload(generic_, second, false).has_value();
}

Result<void> HostCarrier::delete_veth(const std::string& device) {
  return request(device, [](IfIndex index) { return netem::delete_device(index); });
}

Result<void> HostCarrier::move_to_namespace(const std::string& device, int pid,
                                            const std::string& name) {
  // 0 would be our own.
  if (pid <= 0) return failure(Errc::invalid, "move device " + device, "no such process");
  return request(device, [&](IfIndex index) { return netem::move_device(index, pid, name); });
}

Result<void> HostCarrier::set_mac_address(const std::string& device, const std::string& address) {
  return request(device,
                 [&](IfIndex index) { return netem::change_device(index, {.mac = address}); });
}

Result<void> HostCarrier::add_to_linux_bridge(const std::string& bridge,
                                              const std::string& device) {
  const auto to = find(bridge);
  if (!to) return std::unexpected(to.error());
  auto added = request(device, [&](IfIndex index) { return netem::enslave_device(index, *to); });
  // strerror's text alone: without what the kernel adds to it.
  if (!added)
    added.error().cause.resize(
        std::min(added.error().cause.find(": "), added.error().cause.size()));
  return added;
}

Result<void> HostCarrier::set_up(const std::string& device) {
  return request(device, [](IfIndex index) { return netem::change_device(index, {.up = true}); });
}

}  // namespace linkfab::tools
