// The docker, brctl and iol_bridge modules.
#include "tests/ubridge/session.hpp"

namespace linkfab::ubridge::test {
namespace {

using testing::ElementsAre;

class DockerModule : public Session {};

TEST_F(DockerModule, AVethPairIsMadeAndDeleted) {
  play(R"(
    > docker create_veth hostif guestif
    < 100-veth pair created: hostif and guestif
    > docker create_veth a sixteen_letters_
    < 206-name is too long
    > docker create_veth sixteen_letters_ b
    < 206-name is too long
    > docker delete_veth hostif
    < 207-could not find interface index for hostif)");
  effects.devices = {"hostif"};
  EXPECT_EQ(ask("docker delete_veth hostif"), "100-veth interface hostif has been deleted");
  effects.checksums_off = false;
  EXPECT_EQ(ask("docker create_veth a b"),
            "101 Warning: could not turn off checksum\n100-veth pair created: a and b");
  effects.fail("create_veth");
  effects.fail("delete_veth");
  EXPECT_EQ(ask("docker create_veth a b"), "206-could not complete netlink transaction");
  EXPECT_EQ(ask("docker delete_veth hostif"), "207-could not complete netlink transaction");
}

TEST_F(DockerModule, ADeviceIsMovedAndRenamedInOneStep) {
  EXPECT_EQ(ask("docker move_to_ns tap-gns3-e0 6367 eth0"),
            "206-could not find interface index for tap-gns3-e0");
  effects.devices = {"tap-gns3-e0"};
  EXPECT_EQ(ask("docker move_to_ns tap-gns3-e0 6367 eth0"),
            "100-tap-gns3-e0 moved to namespace 6367");
  EXPECT_THAT(effects.calls, ElementsAre("move_to_namespace tap-gns3-e0 6367 eth0"));
  effects.fail("move_to_namespace");
  EXPECT_EQ(ask("docker move_to_ns tap-gns3-e0 6367 eth0"),
            "206-could not complete netlink transaction");
}

TEST_F(DockerModule, AMacAddressIsSixGroupsWithColons) {
  const std::string fine = "02:42:5e:A1:f2:00";
  EXPECT_EQ(ask("docker set_mac_addr e0 " + fine),
            "100-MAC address " + fine + " has been successfully set on interface e0");
  EXPECT_THAT(effects.calls, ElementsAre("set_mac_address e0 " + fine));
  for (const std::string bad : {"02:42:5e:a1:f2", "02-42-5e-a1-f2-00", "02:42:5e:a1:f2:0g",
                                "02:42:5e:a1:f2:00:", "2:42:5e:a1:f2:000", "x"})
    EXPECT_EQ(ask("docker set_mac_addr e0 " + bad), "206-invalid MAC address format") << bad;
  EXPECT_EQ(ask("docker set_mac_addr sixteen_letters_ " + fine), "206-interface name is too long");
  effects.fail("set_mac_address");
  EXPECT_EQ(ask("docker set_mac_addr e0 " + fine),
            "206-could not set a MAC address on interface e0");
}

class BrctlModule : public Session {};

TEST_F(BrctlModule, AnInterfaceIsAddedToALinuxBridgeAndSetUp) {
  EXPECT_EQ(ask("brctl addif virbr0 tap0"), "206-Could not find interface tap0");
  effects.devices = {"tap0"};
  EXPECT_EQ(ask("brctl addif virbr0 tap0"), "100-tap0 has been added to bridge virbr0");
  EXPECT_THAT(effects.calls, ElementsAre("add_to_linux_bridge virbr0 tap0", "set_up tap0"));
  effects.fail("add_to_linux_bridge", "Device or resource busy", Errc::exists);
  EXPECT_EQ(ask("brctl addif virbr0 tap0"), "100-tap0 has been added to bridge virbr0");
  effects.fail("add_to_linux_bridge", "No such device", Errc::not_found);
  EXPECT_EQ(ask("brctl addif virbr0 tap0"),
            "206-Could not add interface tap0 to virbr0: No such device");
  effects.failures.clear();
  effects.fail("set_up");
  EXPECT_EQ(ask("brctl addif virbr0 tap0"), "206-Could not up interface tap0");
}

class IolModule : public Session {};

TEST_F(IolModule, CommandsOnABridgeThatIsNotThereSaySo) {
  for (const std::string rest : {"delete N", "start N", "stop N", "rename N M"})
    EXPECT_EQ(ask("iol_bridge " + rest), "214-IOL bridge 'N' doesn't exist") << rest;
  for (const std::string rest :
       {"add_nio_udp N 1 0 0 1 h 2", "delete_nio_udp N 0 0", "start_capture N 0 0 f",
        "stop_capture N 0 0", "add_packet_filter N 0 0 F delay 1", "delete_packet_filter N 0 0 F",
        "reset_packet_filters N 0 0", "get_stats N", "reset_stats N"})
    EXPECT_EQ(ask("iol_bridge " + rest), "214-bridge 'N' doesn't exist") << rest;
}

TEST_F(IolModule, BridgesHaveALifeOfTheirOwn) {
  play(R"(
    > iol_bridge create i 513
    < 100-IOL bridge 'i' created
    > iol_bridge create i 514
    < 206-IOL bridge 'i' already exist
    > bridge create i
    < 100-bridge 'i' created
    > iol_bridge create j 514
    < 100-IOL bridge 'j' created
    > iol_bridge stop i
    < 210-IOL bridge 'i' is not running
    > iol_bridge start i
    < 100-IOL bridge 'i' started
    > iol_bridge start i
    < 209-IOL bridge 'i' is already running
    > iol_bridge rename i j
    < 213-IOL bridge 'i' already exist
    > iol_bridge rename i k
    < 100-IOL bridge 'i' renamed to 'k'
    > iol_bridge add_nio_udp k 1 0 0 10000 h 10001
    < 100-NIO UDP added to IOL bridge 'k'
    > iol_bridge list
    < 101 j (ports = 0)
    < 101 k (ports = 1)
    < 100-OK
    > iol_bridge stop k
    < 100-IOL bridge 'k' stopped
    > iol_bridge delete k
    < 100-IOL bridge 'k' deleted
    > iol_bridge list
    < 101 j (ports = 0)
    < 100-OK)");
  effects.fail("create_iol", "PID 7 already has a lock on ID 515");
  EXPECT_EQ(ask("iol_bridge create l 515"),
            "206-could not create IOL bridge 'l': PID 7 already has a lock on ID 515");
}

TEST_F(IolModule, PortsAreOpenedReplacedAndClosedWhileTheBridgeRuns) {
  (void)ask("iol_bridge create i 513");
  (void)ask("iol_bridge start i");
  effects.calls.clear();
  play(R"(
    > iol_bridge add_nio_udp i 513 0 0 1 h 2
    < 206-IOU ID 513 cannot be the same as bridge 'i' ID
    > iol_bridge add_nio_udp i 1 0 3 1 h 2
    < 100-NIO UDP added to IOL bridge 'i'
    > iol_bridge add_nio_udp i 1 0 3 3 h 4
    < 100-NIO UDP added to IOL bridge 'i'
    > iol_bridge add_nio_udp i 1 16 0 3 h 4
    < 214-IOL bridge 'i' has no port 16/0
    > iol_bridge get_stats i
    < 101 port 0/3:      IN: 5 packets (90 bytes) OUT: 15 packets (410 bytes)
    < 100-OK
    > iol_bridge reset_stats i
    < 100-OK
    > iol_bridge delete_nio_udp i 0 3
    < 100-NIO UDP deleted from IOL bridge 'i'
    > iol_bridge delete_nio_udp i 0 3
    < 100-NIO UDP deleted from IOL bridge 'i'
    > iol_bridge get_stats i
    < 100-OK)");
  EXPECT_THAT(effects.calls,
              ElementsAre("open_iol i 0/3 1 1:h:2", "open_iol i 0/3 1 3:h:4",
                          "iol_statistics i 0/3", "reset_iol_statistics i", "close_iol i 0/3"));
  effects.fail("open_iol");
  EXPECT_EQ(ask("iol_bridge add_nio_udp i 1 0 3 1 h 2"),
            "206-unable to create NIO UDP for IOL bridge 'i'");
}

TEST_F(IolModule, APortHasFiltersAndACaptureOfItsOwn) {
  (void)ask("iol_bridge create i 513");
  effects.calls.clear();
  play(R"(
    > iol_bridge start_capture i "/tmp/f" EN10MB
    < 203-Bad number of parameters (3 with min/max=4/5)
    > iol_bridge stop_capture i 0 1
    < 214-no packet capture active on port 0/1
    > iol_bridge start_capture i 0 1 "/tmp/f" EN10MB
    < 100-packet capture started on port 0/1
    > iol_bridge start_capture i 0 1 "/tmp/f"
    < 209-packet capture is already active on port 0/1
    > iol_bridge stop_capture i 0 1
    < 100-packet capture stopped on port 0/1
    > iol_bridge add_packet_filter i 0 1 f0 frequency_drop -1
    < 100-Filter 'f0' type 'frequency_drop' added to bridge 'i'
    > iol_bridge add_packet_filter i 0 1 f0 delay 1
    < 206-Failed to add filter 'f0'
    > iol_bridge add_packet_filter i 0 2 f0 delay 1
    < 100-Filter 'f0' type 'delay' added to bridge 'i'
    > iol_bridge add_packet_filter i 0 2 f1
    < 206-Failed to add filter 'f1'
    > iol_bridge delete_packet_filter i 0 1 f0
    < 100-Filter 'f0' deleted from bridge 'i'
    > iol_bridge delete_packet_filter i 0 1 f0
    < 206-Failed to delete filter 'f0'
    > iol_bridge reset_packet_filters i 0 2
    < 100-OK
    > iol_bridge reset_packet_filters i 0 9
    < 100-OK)");
  EXPECT_THAT(effects.calls,
              ElementsAre("start_iol_capture i 0/1 /tmp/f 1", "stop_iol_capture i 0/1",
                          "set_iol_filters i 0/1 [f0]", "set_iol_filters i 0/2 [f0]",
                          "set_iol_filters i 0/1 []", "set_iol_filters i 0/2 []"));
  effects.fail("start_iol_capture");
  EXPECT_EQ(ask("iol_bridge start_capture i 0 1 f"),
            "209-packet capture could not be started on bridge 'i'");
}

}  // namespace
}  // namespace linkfab::ubridge::test
