#include "netem/device.hpp"

#include <linux/rtnetlink.h>

#include <cstring>
#include <numeric>
#include <stdexcept>

#include <gtest/gtest.h>

#include "netem/ack.hpp"
#include "netem/attributes.hpp"

namespace linkfab::netem {
namespace {

TEST(Message, GrowsWithWhatIsPutIntoNests) {
  std::vector<std::uint8_t> large(30000);
  std::iota(large.begin(), large.end(), std::uint8_t{0});
  Message message{RTM_NEWLINK, 0, "test"};
  message.append(ifinfomsg{});
  message.nest(1, [&](Message& outer) {
    outer.put(2, std::uint16_t{42});
    outer.nest(3, [&](Message& inner) { inner.put(4, large.data(), large.size()); });
    outer.put(5, "end");
  });
  const Attributes outer = Attributes{message.header(), sizeof(ifinfomsg)}.nested(1);
  EXPECT_EQ(outer.get<std::uint16_t>(2), 42);
  EXPECT_TRUE(std::ranges::equal(outer.nested(3).bytes(4), large));
  EXPECT_EQ(outer.text(5), "end");
}

TEST(Message, RefusesWhatNoAttributeCanHold) {
  const std::vector<char> large(40000);
  Message message{RTM_NEWLINK, 0, "test"};
  EXPECT_THROW(message.put(1, large.data(), 65532), std::logic_error);
  EXPECT_THROW(message.nest(1,
                            [&](Message& nest) {
                              for (int i = 0; i < 2; ++i) nest.put(2, large.data(), large.size());
                            }),
               std::logic_error);
}

TEST(Attributes, StopAtTheFirstThatClaimsMoreThanThereIs) {
  Bytes bytes{8, 0, 1, 0, 'a', 'b', 'c', 0, 9, 0, 2, 0, 'x', 'y', 'z', 0};
  const Attributes attributes{bytes};
  EXPECT_EQ(attributes.text(1), "abc");
  EXPECT_FALSE(attributes.has(2));
}

Error refused(int number, std::string_view words) {
  Message message{NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, "test"};
  message.append(nlmsgerr{.error = -number, .msg = {}});
  message.put(NLMSGERR_ATTR_MSG, words);
  const auto decoded = decode_ack(message.header(), "create device a");
  return decoded ? Error{} : decoded.error();
}

TEST(Ack, CarriesTheKernelsOwnWords) {
  const auto error = refused(EINVAL, "mtu less than device minimum");
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_EQ(format(error), "create device a: Invalid argument: mtu less than device minimum");
}

TEST(Ack, TellsAKindThatTheKernelDoesNotKnowFromAnObjectThatIsNotThere) {
  EXPECT_EQ(refused(ENOENT, "Failed to find specified qdisc").code, Errc::not_found);
  const auto error = refused(ENOENT, "Specified qdisc kind is unknown");
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_EQ(error.cause, "Specified qdisc kind is unknown");
}

TEST(Device, IsReadFromAMessage) {
  Message message{RTM_NEWLINK, 0, "test"};
  ifinfomsg header{};
  header.ifi_index = 7;
  header.ifi_flags = 0x10001;
  const std::uint8_t mac[] = {2, 0, 0, 0xab, 0xcd, 1};
  message.append(header).put(IFLA_IFNAME, "p0").put(IFLA_IFALIAS, "a-b").put(IFLA_MTU, 9216U);
  message.put(IFLA_ADDRESS, mac, sizeof mac);
  message.nest(IFLA_LINKINFO, [](Message& info) { info.put(IFLA_INFO_KIND, "veth"); });
  const auto device = decode_device(message.header());
  ASSERT_TRUE(device);
  EXPECT_EQ(device->index, IfIndex{7});
  EXPECT_EQ(device->name, "p0");
  EXPECT_EQ(device->alias, "a-b");
  EXPECT_EQ(device->kind, "veth");
  EXPECT_EQ(device->mac, "02:00:00:ab:cd:01");
  EXPECT_EQ(device->mtu, 9216U);
  EXPECT_TRUE(device->up);
  EXPECT_TRUE(device->carrier);
}

TEST(Device, IsNotWhatABridgeSaysOfItsPort) {
  Message message{RTM_NEWLINK, 0, "test"};
  ifinfomsg header{};
  header.ifi_family = 7;  // AF_BRIDGE
  message.append(header).put(IFLA_IFNAME, "p0");
  EXPECT_FALSE(decode_device(message.header()));
}

TEST(Device, CannotBeRenamedByItsName) {
  EXPECT_THROW((void)change_device("a", {.name = "b"}), std::logic_error);
}

}  // namespace
}  // namespace linkfab::netem
