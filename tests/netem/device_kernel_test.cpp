// Devices, their addresses, routes, offloads and notifications against the kernel.
#include <poll.h>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "netem/address.hpp"
#include "netem/monitor.hpp"
#include "netem/offload.hpp"
#include "tests/netem/namespaces.hpp"

namespace linkfab::netem::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Devices : public WithNamespaces {
 protected:
  void SetUp() override {
    WithNamespaces::SetUp();
    if (!IsSkipped()) make_pair();
  }
};

TEST_F(Devices, APairIsWhatWasAskedFor) {
  const Device host = host_->device("p0");
  EXPECT_EQ(host.kind, "veth");
  EXPECT_EQ(host.mtu, 9216U);
  EXPECT_EQ(host.group, 7U);
  EXPECT_TRUE(host.up);
  EXPECT_TRUE(host.carrier);
  const Device node = node_->device("eth0");
  EXPECT_EQ(node.mac, "02:00:00:00:00:01");
  EXPECT_EQ(node.mtu, 1500U);
}

TEST_F(Devices, AChangeTouchesOnlyWhatItNames) {
  const IfIndex index = host_->device("p0").index;
  value_of(host_->socket().request(change_device(index, {.up = false})));
  value_of(host_->socket().request(change_device(
      index, {.alias = "link a-b", .name = "p1", .mac = "02:00:00:00:00:02", .group = 9})));
  const Device changed = host_->device("p1");
  EXPECT_EQ(changed.index, index);
  EXPECT_EQ(changed.alias, "link a-b");
  EXPECT_EQ(changed.mac, "02:00:00:00:00:02");
  EXPECT_EQ(changed.group, 9U);
  EXPECT_EQ(changed.mtu, 9216U);
  EXPECT_FALSE(changed.up);
  EXPECT_FALSE(node_->device("eth0").carrier);

  value_of(host_->socket().request(change_device("p1", {.alias = ""})));
  EXPECT_EQ(host_->device("p1").alias, "");
  EXPECT_FALSE(host_->device("p1").up);
}

TEST_F(Devices, AddressesOfOursAreToldFromThoseOfOthers) {
  const IfIndex eth0 = node_->device("eth0").index;
  for (int i = 0; i < 2; ++i) {  // twice is the same as once
    value_of(node_->socket().request(add_address(eth0, "10.0.12.1/24")));
    value_of(node_->socket().request(add_address(eth0, "2001:db8::1/64")));
  }
  const auto devices = value_of(dump_devices(node_->socket()));
  auto addresses = value_of(dump_addresses(node_->socket(), devices));
  const bool marked = std::ranges::any_of(addresses, &Address::ours);  // from Linux 5.18 on
  EXPECT_THAT(addresses, Contains(Address{"eth0", "10.0.12.1/24", marked}));
  EXPECT_THAT(addresses, Contains(Address{"eth0", "2001:db8::1/64", marked}));
  EXPECT_THAT(addresses, Contains(Address{"lo", "127.0.0.1/8", false}));

  value_of(node_->socket().request(delete_address(eth0, "10.0.12.1/24")));
  value_of(node_->socket().request(delete_address(eth0, "2001:db8::1/64")));
  addresses = value_of(dump_addresses(node_->socket(), devices));
  EXPECT_THAT(addresses, Not(Contains(Address{"eth0", "10.0.12.1/24", marked})));
  EXPECT_THAT(addresses, Not(Contains(Address{"eth0", "2001:db8::1/64", marked})));
}

TEST_F(Devices, RoutesOfOursAreToldFromTheKernels) {
  const IfIndex eth0 = node_->device("eth0").index;
  value_of(node_->socket().request(add_address(eth0, "10.0.12.1/24")));
  value_of(node_->socket().request(add_address(eth0, "2001:db8::1/64")));
  const std::vector<Route> wanted{{"0.0.0.0/0", "10.0.12.2", "eth0", true},
                                  {"10.9.0.0/16", "", "eth0", true},
                                  {"10.8.0.0/16", "2001:db8::2", "eth0", true},
                                  {"::/0", "2001:db8::2", "eth0", true},
                                  {"2001:db8:9::/48", "", "eth0", true}};
  for (int i = 0; i < 2; ++i) {
    for (const Route& route : wanted) value_of(node_->socket().request(add_route(route, eth0)));
  }
  const auto devices = value_of(dump_devices(node_->socket()));
  const auto routes = value_of(dump_routes(node_->socket(), devices));
  for (const Route& route : wanted) EXPECT_THAT(routes, Contains(route).Times(1));
  EXPECT_THAT(routes, Contains(Route{"10.0.12.0/24", "", "eth0", false}));

  for (const Route& route : wanted) value_of(node_->socket().request(delete_route(route, eth0)));
  for (const Route& route : value_of(dump_routes(node_->socket(), devices)))
    EXPECT_FALSE(route.ours);
}

TEST_F(Devices, ARouteByGatewayAloneFindsItsDevice) {
  const IfIndex eth0 = node_->device("eth0").index;
  value_of(node_->socket().request(add_address(eth0, "10.0.12.1/24")));
  value_of(
      node_->socket().request(add_route({.destination = "10.1.0.0/16", .via = "10.0.12.2"}, {})));
  const auto routes =
      value_of(dump_routes(node_->socket(), value_of(dump_devices(node_->socket()))));
  EXPECT_THAT(routes, Contains(Route{"10.1.0.0/16", "10.0.12.2", "eth0", true}));
}

TEST_F(Devices, SegmentationIsSwitchedOffAndOnAgain) {
  const auto inside = EnteredNetns::enter(node_->fd()).value();
  Socket generic = value_of(Socket::generic());
  EXPECT_TRUE(value_of(segmentation_offload(generic, "eth0")));
  for (int i = 0; i < 2; ++i) value_of(set_segmentation_offload(generic, "eth0", false));
  EXPECT_FALSE(value_of(segmentation_offload(generic, "eth0")));
  value_of(set_segmentation_offload(generic, "eth0", true));
  EXPECT_TRUE(value_of(segmentation_offload(generic, "eth0")));
  EXPECT_EQ(set_segmentation_offload(generic, "none", false).error().code, Errc::not_found);
}

TEST_F(Devices, ChecksumsAreSwitchedOffAndOnAgainAsEthtoolReadsIt) {
  const auto inside = EnteredNetns::enter(node_->fd()).value();
  Socket generic = value_of(Socket::generic());
  const auto told = [] { return output_of("ethtool -k eth0 2>/dev/null"); };
  if (told().empty()) GTEST_SKIP() << "there is no ethtool to ask";
  EXPECT_THAT(told(), HasSubstr("tx-checksumming: on"));
  value_of(set_checksum_offload(generic, "eth0", false));
  EXPECT_THAT(told(), HasSubstr("tx-checksumming: off"));
  value_of(set_checksum_offload(generic, "eth0", true));
  EXPECT_THAT(told(), HasSubstr("tx-checksumming: on"));
}

class Notifications : public Devices {
 protected:
  void SetUp() override {
    Devices::SetUp();
    if (IsSkipped()) return;
    const auto inside = EnteredNetns::enter(host_->fd()).value();
    monitor_.emplace(value_of(Monitor::open()));
  }

  template <class T>
  std::vector<T> read() {
    std::vector<T> found;
    for (const Event& event : monitor_->read()) {
      if (const T* match = std::get_if<T>(&event)) found.push_back(*match);
    }
    return found;
  }

  std::optional<Monitor> monitor_;
};

TEST_F(Notifications, TellOfAChangedDeviceWithItsNewState) {
  value_of(host_->socket().request(change_device("p0", {.up = false})));
  const auto changes = read<DeviceChanged>();
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes.back().device.name, "p0");
  EXPECT_FALSE(changes.back().device.up);
  EXPECT_TRUE(monitor_->read().empty());
}

TEST_F(Notifications, TellThatADeviceIsGone) {
  const IfIndex index = host_->device("p0").index;
  value_of(host_->socket().request(delete_device(index)));
  const auto gone = read<DeviceGone>();
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].index, index);
  EXPECT_EQ(gone[0].name, "p0");
}

TEST_F(Notifications, TellWhenSomeOfThemAreLost) {
  std::vector<Message> messages;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    messages.push_back(change_device("p0", {.mtu = 1500 + i % 2}));
  }
  for (const auto& result : host_->socket().request(messages)) value_of(result);
  EXPECT_FALSE(read<Overflow>().empty());
  value_of(host_->socket().request(change_device("p0", {.mtu = 1600})));
  EXPECT_FALSE(read<DeviceChanged>().empty());  // and it goes on
}

}  // namespace
}  // namespace linkfab::netem::test
