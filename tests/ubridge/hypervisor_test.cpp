// The lines that no module answers, and the hypervisor module.
#include "tests/ubridge/session.hpp"

namespace linkfab::ubridge::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HypervisorModule : public Session {};

TEST_F(HypervisorModule, LinesThatAreNoCommandSayWhy) {
  const std::string at_least = "200-At least a module and a command must be specified";
  for (const std::string line : {"", "  \t", "# comment", "! comment", "hypervisor", "\"\"", "\r"})
    EXPECT_EQ(ask(line), at_least) << line;
  play(R"(
    > hypervisor ver"sion
    < 200-Parse error: unexpected quote
    > hypervisor "version
    < 200-Parse error: unexpected end of line
    > nope x
    < 201-Unknown module 'nope'
    > Hypervisor version
    < 201-Unknown module 'Hypervisor'
    > hypervisor nope
    < 202-Unknown command 'nope'
    > hypervisor version extra
    < 203-Bad number of parameters (1 with min/max=0/0)
    > bridge add_nio_udp a 1
    < 203-Bad number of parameters (2 with min/max=4/4)
    > bridge create ""
    < 203-Bad number of parameters (0 with min/max=1/1))");
}

TEST_F(HypervisorModule, EachLineOfAReplyEndsInCarriageReturnAndLineFeed) {
  EXPECT_EQ(encode(hypervisor.execute(std::string_view("hypervisor version\r"))), "100-0.9.19\r\n");
  (void)ask("bridge create a");
  EXPECT_EQ(encode(hypervisor.execute(std::string_view("bridge list"))),
            "101 a (NIOs = 0)\r\n100-OK\r\n");
}

TEST_F(HypervisorModule, ModulesAreListedInOrder) {
  play(R"(
    > hypervisor module_list
    < 101 brctl
    < 101 iol_bridge
    < 101 docker
    < 101 bridge
    < 101 hypervisor
    < 100-OK)");
}

TEST_F(HypervisorModule, CommandsAreListedWithTheirCounts) {
  play(R"(
    > hypervisor cmd_list hypervisor
    < 101 stop (min/max args: 0/0)
    < 101 close (min/max args: 0/0)
    < 101 reset (min/max args: 0/0)
    < 101 cmd_list (min/max args: 1/1)
    < 101 module_list (min/max args: 0/0)
    < 101 version (min/max args: 0/0)
    < 100-OK
    > hypervisor cmd_list bridge
    < 101 list (min/max args: 0/0)
    < 101 set_pcap_filter (min/max args: 1/2)
    < 101 reset_packet_filters (min/max args: 1/1)
    < 101 delete_packet_filter (min/max args: 2/2)
    < 101 add_packet_filter (min/max args: 2/10)
    < 101 stop_capture (min/max args: 1/1)
    < 101 start_capture (min/max args: 2/3)
    < 101 add_nio_linux_raw (min/max args: 2/2)
    < 101 add_nio_ethernet (min/max args: 2/2)
    < 101 add_nio_tap (min/max args: 2/2)
    < 101 add_nio_unix (min/max args: 3/3)
    < 101 delete_nio_udp (min/max args: 4/4)
    < 101 remove_nio_udp (min/max args: 4/4)
    < 101 add_nio_udp (min/max args: 4/4)
    < 101 rename (min/max args: 2/2)
    < 101 reset_stats (min/max args: 1/1)
    < 101 get_stats (min/max args: 1/1)
    < 101 show (min/max args: 1/1)
    < 101 stop (min/max args: 1/1)
    < 101 start (min/max args: 1/1)
    < 101 delete (min/max args: 1/1)
    < 101 create (min/max args: 1/1)
    < 100-OK
    > hypervisor cmd_list docker
    < 101 set_mac_addr (min/max args: 2/2)
    < 101 move_to_ns (min/max args: 3/3)
    < 101 delete_veth (min/max args: 1/1)
    < 101 create_veth (min/max args: 2/2)
    < 100-OK
    > hypervisor cmd_list iol_bridge
    < 101 list (min/max args: 0/0)
    < 101 reset_packet_filters (min/max args: 3/3)
    < 101 delete_packet_filter (min/max args: 4/4)
    < 101 add_packet_filter (min/max args: 4/15)
    < 101 stop_capture (min/max args: 3/3)
    < 101 start_capture (min/max args: 4/5)
    < 101 delete_nio_udp (min/max args: 3/3)
    < 101 add_nio_udp (min/max args: 7/7)
    < 101 rename (min/max args: 2/2)
    < 101 reset_stats (min/max args: 1/1)
    < 101 get_stats (min/max args: 1/1)
    < 101 stop (min/max args: 1/1)
    < 101 start (min/max args: 1/1)
    < 101 delete (min/max args: 1/1)
    < 101 create (min/max args: 2/2)
    < 100-OK
    > hypervisor cmd_list brctl
    < 101 addif (min/max args: 2/2)
    < 100-OK
    > hypervisor cmd_list nope
    < 201-unknown module 'nope')");
}

TEST_F(HypervisorModule, CloseAndStopSayWhatBecomesOfTheConnection) {
  using namespace std::string_view_literals;
  EXPECT_EQ(hypervisor.execute("hypervisor close"sv), (Reply{.after = After::close}));
  EXPECT_EQ(hypervisor.execute("hypervisor stop"sv), (Reply{.after = After::stop}));
  EXPECT_EQ(hypervisor.execute("hypervisor version"sv).after, After::nothing);
}

TEST_F(HypervisorModule, ResetTakesEveryBridgeAwayWithAllItHas) {
  make_bridge("a");
  (void)ask("bridge start a");
  (void)ask("bridge start_capture a /tmp/f");
  (void)ask("bridge add_packet_filter a f frequency_drop -1");
  (void)ask("bridge create b");
  (void)ask("iol_bridge create i 513");
  (void)ask("iol_bridge add_nio_udp i 1 0 0 1 h 2");
  (void)ask("iol_bridge start i");
  effects.calls.clear();
  EXPECT_EQ(ask("hypervisor reset"), "100-OK");
  EXPECT_EQ(hypervisor.bridges(), Bridges{});
  EXPECT_THAT(effects.calls,
              ElementsAre("separate a", "stop_capture a", "set_filters a []", "close a source",
                          "close a destination", "stop_iol i", "close_iol i 0/0", "delete_iol i"));
  EXPECT_EQ(ask("bridge list"), "100-OK");
  EXPECT_EQ(ask("bridge create a"), "100-bridge 'a' created");
}

TEST_F(HypervisorModule, WhatCannotBeUndoneIsLoggedAndForgotten) {
  make_bridge("a");
  effects.fail("close", "busy");
  hypervisor.clear();
  EXPECT_EQ(hypervisor.bridges(), Bridges{});
  EXPECT_THAT(log, ElementsAre("try: busy", "try: busy"));
}

TEST_F(HypervisorModule, AnEmptyHypervisorHasNothingToReset) {
  EXPECT_EQ(ask("hypervisor reset"), "100-OK");
  EXPECT_THAT(effects.calls, IsEmpty());
}

}  // namespace
}  // namespace linkfab::ubridge::test
