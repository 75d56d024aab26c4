#include "tools/bridge/host_effects.hpp"

#include <net/if.h>

#include <algorithm>
#include <stdexcept>

#include "netem/device.hpp"
#include "netem/offload.hpp"
#include "netem/placement.hpp"
#include "netem/socket.hpp"

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

class AllEffects : public ubridge::Carrier {
 public:
  using Carrier::Carrier;

  bool has_device(const std::string& device) override { return find(device).has_value(); }

  Result<bool> create_veth(const std::string& first, const std::string& second) override {
    constexpr std::uint32_t mtu = 1500;
    const auto made = route_.request(netem::create_veth(
        {.host_name = first, .host_mtu = mtu, .node_name = second, .node_mtu = mtu}));
    if (!made) return std::unexpected(made.error());
    if (const auto up = set_up(first); !up) {
      const auto undone = delete_veth(first);
      return std::unexpected(undone ? up.error() : undone.error());
    }
    return netem::set_checksum_offload(generic_, second, false).has_value();
  }

  Result<void> delete_veth(const std::string& device) override {
    return request(device, [](IfIndex index) { return netem::delete_device(index); });
  }

  Result<void> move_to_namespace(const std::string& device, int pid,
                                 const std::string& name) override {
    // 0 would be our own.
    if (pid <= 0) return failure(Errc::invalid, "move device " + device, "no such process");
    return request(device, [&](IfIndex index) { return netem::move_device(index, pid, name); });
  }

  Result<void> set_mac_address(const std::string& device, const std::string& address) override {
    return request(device,
                   [&](IfIndex index) { return netem::change_device(index, {.mac = address}); });
  }

  Result<void> add_to_linux_bridge(const std::string& bridge, const std::string& device) override {
    const auto to = find(bridge);
    if (!to) return std::unexpected(to.error());
    auto added = request(device, [&](IfIndex index) { return netem::enslave_device(index, *to); });
    // strerror's text alone: without what the kernel adds to it.
    if (!added)
      added.error().cause.resize(
          std::min(added.error().cause.find(": "), added.error().cause.size()));
    return added;
  }

  Result<void> set_up(const std::string& device) override {
    return request(device, [](IfIndex index) { return netem::change_device(index, {.up = true}); });
  }

 private:
  template <class Build>
  Result<void> request(const std::string& device, Build build) {
    const auto index = find(device);
    if (!index) return std::unexpected(index.error());
    return route_.request(build(*index));
  }

  netem::Socket route_ = value_or_throw(netem::Socket::route());
  netem::Socket generic_ = value_or_throw(netem::Socket::generic());
};

}  // namespace

std::unique_ptr<ubridge::Effects> make_effects(boost::asio::any_io_executor executor,
                                               const ubridge::Options& options,
                                               const ubridge::Log& log) {
  return std::make_unique<AllEffects>(std::move(executor), options.debug_level, log);
}

}  // namespace linkfab::tools
