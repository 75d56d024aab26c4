#include "ubridge/ini_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ubridge/session.hpp"

namespace linkfab::ubridge::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<IniBridge> bridge(const std::string& keys) {
  const auto sections = parse_ini("[b]\n" + keys);
  if (!sections) return std::unexpected(sections.error());
  return read_bridge(sections->at(0));
}

TEST(IniFile, SectionsKeysCommentsAndQuotes) {
  const auto sections = parse_ini(R"(
; a comment
# another
before = everything ; is nobody's
[bridge0]   ; the first
source_ethernet = eth0
 Destination_UDP=10000:127.0.0.1:10001 ; behind
pcap_file = "/tmp/a;b #1.pcap" ; quoted
pcap_filter = 'not "arp"'
pcap_protocol =
[ bridge 1 ]
source_tap = tap\
0
source_tap = tap1
[bridge0]
again = yes
)");
  ASSERT_TRUE(sections) << format(sections.error());
  EXPECT_THAT(*sections, ElementsAre(IniSection{"bridge0",
                                                {{"source_ethernet", "eth0"},
                                                 {"destination_udp", "10000:127.0.0.1:10001"},
                                                 {"pcap_file", "/tmp/a;b #1.pcap"},
                                                 {"pcap_filter", "not \"arp\""},
                                                 {"pcap_protocol", ""},
                                                 {"again", "yes"}}},
                                     IniSection{"bridge 1", {{"source_tap", "tap1"}}}));
}

TEST(IniFile, ALineThatIsNothingIsNamed) {
  EXPECT_EQ(format(parse_ini("[a]\nnonsense\n").error()), "syntax error in line 2: nonsense");
  EXPECT_EQ(format(parse_ini("[a\n").error()), "syntax error in line 1: [a");
  EXPECT_EQ(format(parse_ini("[a]\n\n= 5").error()), "syntax error in line 3: = 5");
}

TEST(IniFile, AnEmptyFileHasNoBridges) {
  EXPECT_THAT(*parse_ini(""), IsEmpty());
}

TEST(IniFile, EveryKindOfNioIsReadForBothEnds) {
  const struct {
    std::string value;
    Nio nio;
  } table[]{
      {"udp = 1:h:2", UdpNio{"1", "h", "2"}},
      {"udp = 1:::1:2", UdpNio{"1", "::1", "2"}},
      {"unix = /l:/r", UnixNio{"/l", "/r"}},
      {"ethernet = e", EthernetNio{"e"}},
      {"tap = t", TapNio{"t"}},
      {"linux_raw = r", LinuxRawNio{"r"}},
  };
  for (const auto& [value, nio] : table) {
    const auto first = bridge("source_" + value + "\ndestination_tap = x");
    ASSERT_TRUE(first) << value;
    EXPECT_EQ(first->source, nio) << value;
    EXPECT_EQ(first->destination, Nio(TapNio{"x"}));
    EXPECT_EQ(bridge("source_tap = x\ndestination_" + value)->destination, nio) << value;
  }
}

TEST(IniFile, ABridgeHasExactlyOneNioAtEachEnd) {
  EXPECT_EQ(format(bridge("source_tap = a").error()), "bridge 'b': destination NIO not found");
  EXPECT_EQ(format(bridge("destination_tap = a").error()), "bridge 'b': source NIO not found");
  EXPECT_EQ(format(bridge("source_tap = a\nsource_udp = 1:h:2\ndestination_tap = b").error()),
            "bridge 'b': more than one source NIO");
  for (const std::string value : {"udp = 1", "udp = 1:2", "udp = :h:2", "udp = 1:h:", "udp = 1::2",
                                  "unix = /l", "unix = :/r", "unix = /l:", "tap ="})
    EXPECT_THAT(format(bridge("source_" + value + "\ndestination_tap = b").error()),
                HasSubstr("bridge 'b': cannot read source_"))
        << value;
}

class IniBridges : public Session {
 protected:
  void load(const std::string& keys) {
    for (const Tokens& command : commands(*bridge(keys)))
      EXPECT_EQ(hypervisor.execute(command).code, Code::ok);
  }
};

TEST_F(IniBridges, AreMadeAndStarted) {
  load("source_udp = 1:h:2\ndestination_linux_raw = e");
  EXPECT_THAT(effects.calls,
              ElementsAre("open b source UDP 1:h:2", "open b destination Linux raw e", "join b"));
}

TEST_F(IniBridges, CaptureAndFilterWhereTheyAreAskedTo) {
  load(
      "source_ethernet = e\ndestination_unix = /l:/r\npcap_file = f\npcap_protocol = FRELAY\n"
      "pcap_filter = arp");
  EXPECT_THAT(effects.calls,
              ElementsAre("open b source Ethernet e", "open b destination UNIX /l -> /r",
                          "start_capture b f 107", "set_pcap_filter b source arp", "join b"));
}

TEST_F(IniBridges, ACaptureWithoutProtocolIsEthernetAndSaysSoAsUbridgeDoes) {
  load("source_tap = a\ndestination_tap = c\npcap_file = f\npcap_filter = arp");
  EXPECT_THAT(effects.calls, testing::Contains("start_capture b f 1"));
  EXPECT_THAT(log, ElementsAre("unknown link type (null), assuming Ethernet."));
}

}  // namespace
}  // namespace linkfab::ubridge::test
