// Packet filters, captures and pcap filters of the bridge module.
#include "ubridge/filter.hpp"

#include "tests/ubridge/session.hpp"

namespace linkfab::ubridge::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PacketFilters : public Session {
 protected:
  PacketFilters() { (void)ask("bridge create a"); }

  std::vector<FilterAction> actions() {
    std::vector<FilterAction> all;
    for (const Filter& filter : hypervisor.bridges().bridges.front().filters)
      all.push_back(filter.action);
    return all;
  }
};

TEST_F(PacketFilters, EachTypeTakesItsArguments) {
  const struct {
    std::string typed;
    FilterAction action;
  } table[]{
      {"frequency_drop -1", FrequencyDrop{-1}},
      {"frequency_drop 0", FrequencyDrop{0}},
      {"frequency_drop -7", FrequencyDrop{-7}},
      {"frequency_drop x", FrequencyDrop{0}},
      {"packet_loss 0", PacketLoss{0}},
      {"packet_loss 100", PacketLoss{100}},
      {"packet_loss 10%", PacketLoss{10}},
      {"delay 50", Delay{milliseconds(50), milliseconds(0)}},
      {"delay 50 10", Delay{milliseconds(50), milliseconds(10)}},
      {"delay 5 10", Delay{milliseconds(5), milliseconds(10)}},
      {"corrupt 30", Corrupt{30}},
      {"bpf \"icmp[icmptype] == 8\"", Bpf{"icmp[icmptype] == 8", LinkType{1}}},
      {"bpf ip EN10MB", Bpf{"ip", LinkType{1}}},
      {"bpf ip PPP_SERIAL", Bpf{"ip", LinkType{50}}},
  };
  for (const auto& [typed, action] : table) {
    const std::string type = typed.substr(0, typed.find(' '));
    EXPECT_EQ(ask("bridge add_packet_filter a f " + typed),
              "100-Filter 'f' type '" + type + "' added to bridge 'a'");
    EXPECT_THAT(actions(), ElementsAre(action)) << typed;
    EXPECT_EQ(ask("bridge reset_packet_filters a"), "100-OK");
    EXPECT_THAT(actions(), IsEmpty());
  }
  EXPECT_THAT(log, IsEmpty());
}

TEST_F(PacketFilters, WrongArgumentsAreRefusedAndNotKept) {
  for (const std::string typed : {"",
                                  "nope 1",
                                  "frequency_drop",
                                  "frequency_drop 1 2",
                                  "packet_loss",
                                  "packet_loss -1",
                                  "packet_loss 101",
                                  "delay",
                                  "delay 0",
                                  "delay x",
                                  "delay -5",
                                  "delay 5 -1",
                                  "delay 1 2 3",
                                  "corrupt -1",
                                  "corrupt 101",
                                  "bpf",
                                  "bpf \"\"",
                                  "bpf \"not a filter (\"",
                                  "bpf ip NOPE",
                                  "bpf ip DLT_EN10MB"}) {
    log.clear();
    EXPECT_EQ(ask("bridge add_packet_filter a f " + typed), "206-Failed to add filter 'f'")
        << typed;
    EXPECT_EQ(log.size(), 1U) << typed;
  }
  EXPECT_EQ(ask("bridge show a"), "101 bridge 'a' is not running\n100-OK");
  EXPECT_THAT(effects.calls, IsEmpty());
}

TEST_F(PacketFilters, TheReasonIsInTheLogInTheWordsClientsLookFor) {
  (void)ask("bridge add_packet_filter a f nope 1");
  (void)ask("bridge add_packet_filter a f bpf ip NOPE");
  (void)ask("bridge add_packet_filter a f bpf \"ip ip (\"");
  EXPECT_THAT(log, ElementsAre("Filter type 'nope' doesn't exist", "Unknown link type NOPE",
                               testing::StartsWith("Cannot compile filter 'ip ip (': ")));
  EXPECT_THAT(log.back(), testing::EndsWith("syntax error"));
}

TEST_F(PacketFilters, TheWholeListIsSetInOrderEachTime) {
  play(R"(
    > bridge add_packet_filter a f0 delay 10
    < 100-Filter 'f0' type 'delay' added to bridge 'a'
    > bridge add_packet_filter a f1 bpf arp
    < 100-Filter 'f1' type 'bpf' added to bridge 'a'
    > bridge add_packet_filter a f0 corrupt 1
    < 206-Failed to add filter 'f0'
    > bridge add_packet_filter a f2 packet_loss 1
    < 100-Filter 'f2' type 'packet_loss' added to bridge 'a'
    > bridge delete_packet_filter a f1
    < 100-Filter 'f1' delete from bridge 'a'
    > bridge delete_packet_filter a f1
    < 206-Failed to delete filter 'f1'
    > bridge show a
    < 101 bridge 'a' is not running
    < 101 Filter 'f0' configured in position 1
    < 101 Filter 'f2' configured in position 2
    < 100-OK
    > bridge reset_packet_filters a
    < 100-OK
    > bridge reset_packet_filters a
    < 100-OK)");
  EXPECT_THAT(effects.calls,
              ElementsAre("set_filters a [f0]", "set_filters a [f0 f1]", "set_filters a [f0 f1 f2]",
                          "set_filters a [f0 f2]", "set_filters a []"));
}

TEST_F(PacketFilters, AListThatCannotBeSetStaysAsItWas) {
  (void)ask("bridge add_packet_filter a f0 delay 10");
  effects.fail("set_filters", "no qdisc");
  play(R"(
    > bridge add_packet_filter a f1 delay 10
    < 206-Failed to add filter 'f1'
    > bridge delete_packet_filter a f0
    < 206-Failed to delete filter 'f0'
    > bridge reset_packet_filters a
    < 206-Failed to reset the filters of bridge 'a'
    > bridge show a
    < 101 bridge 'a' is not running
    < 101 Filter 'f0' configured in position 1
    < 100-OK)");
  EXPECT_EQ(log.back(), "try: no qdisc");
}

class Captures : public PacketFilters {};

TEST_F(Captures, ABridgeHasOneCaptureAtATime) {
  play(R"(
    > bridge stop_capture a
    < 209-no packet capture active on bridge 'a'
    > bridge start_capture a "/tmp/my capture.pcap"
    < 100-packet capture started on bridge 'a'
    > bridge start_capture a /tmp/other
    < 209-packet capture is already active on bridge 'a'
    > bridge stop_capture a
    < 100-packet capture stopped on bridge 'a'
    > bridge start_capture a f C_HDLC
    < 100-packet capture started on bridge 'a')");
  EXPECT_THAT(effects.calls, ElementsAre("start_capture a /tmp/my capture.pcap 1", "stop_capture a",
                                         "start_capture a f 104"));
}

TEST_F(Captures, AnUnknownLinkTypeIsEthernetAndLogged) {
  for (const std::string type : {"NOPE", "DLT_EN10MB"}) {
    EXPECT_EQ(ask("bridge start_capture a f " + type), "100-packet capture started on bridge 'a'");
    EXPECT_EQ(log.back(), "unknown link type " + type + ", assuming Ethernet.");
    EXPECT_EQ(effects.calls.back(), "start_capture a f 1");
    (void)ask("bridge stop_capture a");
  }
}

TEST_F(Captures, AFileThatCannotBeMadeIsRefused) {
  effects.fail("start_capture", "No such file or directory");
  EXPECT_EQ(ask("bridge start_capture a /no/f"),
            "209-packet capture could not be started on bridge 'a'");
  EXPECT_THAT(log, ElementsAre("try: No such file or directory"));
  EXPECT_EQ(ask("bridge stop_capture a"), "209-no packet capture active on bridge 'a'");
}

class PcapFilters : public PacketFilters {};

TEST_F(PcapFilters, OnlyEthernetNiosHaveThem) {
  play(R"(
    > bridge set_pcap_filter a arp
    < 206-bridge a must have at least one Ethernet NIO in order to apply a filter
    > bridge add_nio_tap a t
    < 100-NIO TAP added to bridge 'a'
    > bridge set_pcap_filter a
    < 206-bridge a must have at least one Ethernet NIO in order to apply a filter
    > bridge add_nio_ethernet a vmnet1
    < 100-NIO Ethernet added to bridge 'a'
    > bridge set_pcap_filter a "not ether src 00:50:56:c0:00:0a"
    < 100-filter 'not ether src 00:50:56:c0:00:0a' applied on bridge 'a'
    > bridge set_pcap_filter a
    < 100-filter reset on bridge 'a'
    > bridge set_pcap_filter a ""
    < 100-filter reset on bridge 'a'
    > bridge set_pcap_filter a "("
    < 206-unable to apply filter on bridge a (destination NIO))");
  EXPECT_THAT(effects.calls,
              testing::Contains("set_pcap_filter a destination not ether src 00:50:56:c0:00:0a"));
  EXPECT_THAT(effects.calls, testing::Contains("set_pcap_filter a destination none").Times(2));
}

TEST_F(PcapFilters, ARefusalNamesTheNio) {
  (void)ask("bridge add_nio_ethernet a e");
  effects.fail("set_pcap_filter");
  EXPECT_EQ(ask("bridge set_pcap_filter a arp"),
            "206-unable to apply filter on bridge a (source NIO)");
}

}  // namespace
}  // namespace linkfab::ubridge::test
