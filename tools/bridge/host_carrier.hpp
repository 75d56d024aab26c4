// The carrier's effects, and those on devices of the host by netlink.
#pragma once

#include <string>

#include "netem/device.hpp"
#include "netem/socket.hpp"
#include "ubridge/carrier/carrier.hpp"

namespace linkfab::tools {

class HostCarrier : public ubridge::Carrier {
 public:
  // Throws where there is no netlink.
  HostCarrier(boost::asio::any_io_executor executor, int debug_level, const ubridge::Log& log);

  bool has_device(const std::string& device) override;
  Result<bool> create_veth(const std::string& first, const std::string& second) override;
  Result<void> delete_veth(const std::string& device) override;
  Result<void> move_to_namespace(const std::string& device, int pid,
                                 const std::string& name) override;
  Result<void> set_mac_address(const std::string& device, const std::string& address) override;
  Result<void> add_to_linux_bridge(const std::string& bridge, const std::string& device) override;
  Result<void> set_up(const std::string& device) override;

 private:
  template <class Build>
  Result<void> request(const std::string& device, Build build);

  netem::Socket route_;
  netem::Socket generic_;
};

}  // namespace linkfab::tools
