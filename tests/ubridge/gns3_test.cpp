// What a GNS3 server sends, whole sessions, and what it does to the world.
#include "tests/ubridge/session.hpp"

namespace linkfab::ubridge::test {
namespace {

using testing::ElementsAre;

class Gns3Session : public Session {};

TEST_F(Gns3Session, OfADockerNodeWithHotPlugging) {
  effects.devices = {"tap-gns3-e0"};
  play(R"(
    > hypervisor version
    < 100-0.9.19
    > bridge create bridge0
    < 100-bridge 'bridge0' created
    > bridge add_nio_tap bridge0 tap-gns3-e0
    < 100-NIO TAP added to bridge 'bridge0'
    > docker set_mac_addr tap-gns3-e0 02:42:5e:a1:f2:00
    < 100-MAC address 02:42:5e:a1:f2:00 has been successfully set on interface tap-gns3-e0
    > docker move_to_ns tap-gns3-e0 4711 eth0
    < 100-tap-gns3-e0 moved to namespace 4711
    > bridge add_nio_udp bridge0 20000 127.0.0.1 20001
    < 100-NIO UDP added to bridge 'bridge0'
    > bridge start_capture bridge0 "/tmp/captures/a to b.pcap"
    < 100-packet capture started on bridge 'bridge0'
    > bridge start bridge0
    < 100-bridge 'bridge0' started
    > bridge reset_packet_filters bridge0
    < 100-OK
    > bridge create bridge1
    < 100-bridge 'bridge1' created
    > bridge add_nio_tap bridge1 tap-gns3-e0
    < 100-NIO TAP added to bridge 'bridge1'
    > docker set_mac_addr tap-gns3-e0 02:42:5e:a1:f2:01
    < 100-MAC address 02:42:5e:a1:f2:01 has been successfully set on interface tap-gns3-e0
    > docker move_to_ns tap-gns3-e0 4711 eth1
    < 100-tap-gns3-e0 moved to namespace 4711
    > bridge reset_packet_filters bridge0
    < 100-OK
    > bridge add_packet_filter bridge0 filter0 frequency_drop -1
    < 100-Filter 'filter0' type 'frequency_drop' added to bridge 'bridge0'
    > bridge reset_packet_filters bridge0
    < 100-OK
    > bridge stop_capture bridge0
    < 100-packet capture stopped on bridge 'bridge0'
    > bridge stop bridge0
    < 100-bridge 'bridge0' stopped
    > bridge remove_nio_udp bridge0 20000 127.0.0.1 20001
    < 100-NIO UDP removed from bridge 'bridge0'
    > bridge add_nio_udp bridge0 20002 127.0.0.1 20003
    < 100-NIO UDP added to bridge 'bridge0'
    > bridge start bridge0
    < 100-bridge 'bridge0' started
    > bridge reset_packet_filters bridge0
    < 100-OK
    > hypervisor stop
    < 100-OK)");
  EXPECT_EQ(hypervisor.bridges().bridges.size(), 2U);  // they go when the reply is out
  effects.calls.clear();
  hypervisor.clear();
  EXPECT_THAT(effects.calls, ElementsAre("close bridge1 source", "separate bridge0",
                                         "close bridge0 source", "close bridge0 destination"));
}

TEST_F(Gns3Session, OfAVpcsOrQemuNode) {
  play(R"(
    > hypervisor version
    < 100-0.9.19
    > bridge create VPCS-c0ffee
    < 100-bridge 'VPCS-c0ffee' created
    > bridge add_nio_udp VPCS-c0ffee 20010 127.0.0.1 20011
    < 100-NIO UDP added to bridge 'VPCS-c0ffee'
    > bridge add_nio_udp VPCS-c0ffee 20012 192.0.2.7 20013
    < 100-NIO UDP added to bridge 'VPCS-c0ffee'
    > bridge start VPCS-c0ffee
    < 100-bridge 'VPCS-c0ffee' started
    > bridge reset_packet_filters VPCS-c0ffee
    < 100-OK
    > bridge add_packet_filter VPCS-c0ffee filter0 delay 50 10
    < 100-Filter 'filter0' type 'delay' added to bridge 'VPCS-c0ffee'
    > bridge add_packet_filter VPCS-c0ffee filter1 bpf "tcp port 80"
    < 100-Filter 'filter1' type 'bpf' added to bridge 'VPCS-c0ffee'
    > bridge start_capture VPCS-c0ffee "/tmp/c.pcap"
    < 100-packet capture started on bridge 'VPCS-c0ffee'
    > bridge stop_capture VPCS-c0ffee
    < 100-packet capture stopped on bridge 'VPCS-c0ffee'
    > bridge delete VPCS-c0ffee
    < 100-bridge 'VPCS-c0ffee' deleted
    > hypervisor stop
    < 100-OK)");
}

TEST_F(Gns3Session, OfACloudWhoseFiltersComeBeforeItsSecondNio) {
  effects.devices = {"gns3tap0-0"};
  play(R"(
    > hypervisor version
    < 100-0.9.19
    > bridge create u-0
    < 100-bridge 'u-0' created
    > bridge add_nio_udp u-0 20020 127.0.0.1 20021
    < 100-NIO UDP added to bridge 'u-0'
    > bridge reset_packet_filters u-0
    < 100-OK
    > bridge add_packet_filter u-0 filter0 packet_loss 10
    < 100-Filter 'filter0' type 'packet_loss' added to bridge 'u-0'
    > bridge add_nio_tap "u-0" "gns3tap0-0"
    < 100-NIO TAP added to bridge 'u-0'
    > brctl addif "virbr0" "gns3tap0-0"
    < 100-gns3tap0-0 has been added to bridge virbr0
    > bridge start u-0
    < 100-bridge 'u-0' started
    > bridge create u-1
    < 100-bridge 'u-1' created
    > bridge add_nio_udp u-1 20022 127.0.0.1 20023
    < 100-NIO UDP added to bridge 'u-1'
    > bridge reset_packet_filters u-1
    < 100-OK
    > bridge add_nio_linux_raw u-1 "eth0"
    < 100-NIO Linux raw added to bridge 'u-1'
    > bridge start u-1
    < 100-bridge 'u-1' started
    > bridge delete u-0
    < 100-bridge 'u-0' deleted
    > hypervisor stop
    < 100-OK)");
}

TEST_F(Gns3Session, OfAVmwareNodeThatBlocksHostTraffic) {
  play(R"(
    > bridge create ethernet0.vnet
    < 100-bridge 'ethernet0.vnet' created
    > bridge add_nio_ethernet ethernet0.vnet "vmnet2"
    < 100-NIO Ethernet added to bridge 'ethernet0.vnet'
    > bridge set_pcap_filter ethernet0.vnet "not ether src 00:50:56:c0:00:02"
    < 100-filter 'not ether src 00:50:56:c0:00:02' applied on bridge 'ethernet0.vnet'
    > bridge add_nio_udp ethernet0.vnet 20030 127.0.0.1 20031
    < 100-NIO UDP added to bridge 'ethernet0.vnet'
    > bridge start ethernet0.vnet
    < 100-bridge 'ethernet0.vnet' started
    > bridge reset_packet_filters ethernet0.vnet
    < 100-OK
    > bridge delete ethernet0.vnet
    < 100-bridge 'ethernet0.vnet' deleted)");
}

TEST_F(Gns3Session, OfAnIouNode) {
  play(R"(
    > iol_bridge delete IOL-BRIDGE-513
    < 214-IOL bridge 'IOL-BRIDGE-513' doesn't exist
    > iol_bridge create IOL-BRIDGE-513 513
    < 100-IOL bridge 'IOL-BRIDGE-513' created
    > iol_bridge add_nio_udp IOL-BRIDGE-513 1 0 0 20040 127.0.0.1 20041
    < 100-NIO UDP added to IOL bridge 'IOL-BRIDGE-513'
    > iol_bridge start_capture IOL-BRIDGE-513 "/tmp/f.pcap" EN10MB
    < 203-Bad number of parameters (3 with min/max=4/5)
    > iol_bridge reset_packet_filters IOL-BRIDGE-513 0 0
    < 100-OK
    > iol_bridge add_packet_filter IOL-BRIDGE-513 0 0 filter0 corrupt 5
    < 100-Filter 'filter0' type 'corrupt' added to bridge 'IOL-BRIDGE-513'
    > iol_bridge start IOL-BRIDGE-513
    < 100-IOL bridge 'IOL-BRIDGE-513' started
    > iol_bridge add_nio_udp IOL-BRIDGE-513 1 0 1 20042 127.0.0.1 20043
    < 100-NIO UDP added to IOL bridge 'IOL-BRIDGE-513'
    > iol_bridge start_capture IOL-BRIDGE-513 0 1 "/tmp/f.pcap" EN10MB
    < 100-packet capture started on port 0/1
    > iol_bridge stop_capture IOL-BRIDGE-513 0 1
    < 100-packet capture stopped on port 0/1
    > iol_bridge delete_nio_udp IOL-BRIDGE-513 0 1
    < 100-NIO UDP deleted from IOL bridge 'IOL-BRIDGE-513'
    > hypervisor stop
    < 100-OK)");
}

}  // namespace
}  // namespace linkfab::ubridge::test
