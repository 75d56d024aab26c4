#include "containers/surroundings.hpp"

#include <gtest/gtest.h>

#include "containers/proc_stat.hpp"

namespace linkfab::containers {
namespace {

TEST(ProcessId, IsReadAsItIsWritten) {
  const ProcessId process{1234, 5678901};
  EXPECT_EQ(format(process), "1234 5678901");
  EXPECT_EQ(parse_process_id("1234 5678901"), process);
  EXPECT_EQ(parse_process_id(format(ProcessId{4194304, ~std::uint64_t{0}}))->start_time,
            ~std::uint64_t{0});
}

TEST(ProcessId, ATextThatIsNoneIsRefused) {
  for (const auto* text : {"", "1234", "1234 ", " 1234 5", "1234 5 ", "1234 5\n", "0 5", "-1 5",
                           "1234  5", "x 5", "99999999999 5"})
    EXPECT_EQ(parse_process_id(text), std::nullopt) << text;
}

TEST(ProcStat, IsReadPastANameWithBlanksAndParentheses) {
  const auto stat = parse_proc_stat(
      "42 (a) S) (b) Z 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 9 10 11\n");
  EXPECT_EQ(stat, (ProcStat{'Z', 777}));
}

TEST(ProcStat, ALineThatIsCutIsRefused) {
  for (const auto* line :
       {"", "42", "42 (sh", "42 (sh)", "42 (sh) ", "42 (sh) S", "42 (sh) S 1 2 3",
        "42 (sh) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 x"})
    EXPECT_EQ(parse_proc_stat(line), std::nullopt) << line;
}

TEST(Bind, NamesTwoAbsolutePathsAndMayBeReadOnly) {
  EXPECT_EQ(parse_bind("/a:/b"), (Bind{"/a", "/b", false}));
  EXPECT_EQ(parse_bind("/a:/b:ro"), (Bind{"/a", "/b", true}));
  EXPECT_EQ(parse_bind("/a:/b:rw"), (Bind{"/a", "/b", false}));
}

TEST(Bind, WhatIsWrongIsSaid) {
  const auto why = [](std::string_view text) { return format(parse_bind(text).error()); };
  EXPECT_EQ(why("/a"), "read bind '/a': write for example /host/path:/path:ro");
  EXPECT_EQ(why("/a:b"), "read bind '/a:b': both paths must be absolute");
  EXPECT_EQ(why("a:/b"), "read bind 'a:/b': both paths must be absolute");
  EXPECT_EQ(why("/a:/b:rx"), "read bind '/a:/b:rx': 'rx' is neither ro nor rw");
}

TEST(Sysctl, IsNamedWithDotsOrSlashes) {
  EXPECT_EQ(sysctl_path("net.ipv4.ip_forward"), "/proc/sys/net/ipv4/ip_forward");
  EXPECT_EQ(sysctl_path("net/ipv4/ip_forward"), "/proc/sys/net/ipv4/ip_forward");
  EXPECT_EQ(sysctl_path("net/ipv6/conf/eth0.100/forwarding"),
            "/proc/sys/net/ipv6/conf/eth0.100/forwarding");
  EXPECT_EQ(sysctl_path("net.ipv6.conf.eth0/100.forwarding"),
            "/proc/sys/net/ipv6/conf/eth0.100/forwarding");
}

TEST(Sysctl, OutsideNetIsDeniedBecauseItIsTheHosts) {
  for (const auto* name :
       {"kernel.hostname", "vm.swappiness", "net", "network.x", "", "/net/x", ".net.x"})
    EXPECT_EQ(sysctl_path(name).error().code, Errc::denied) << name;
  for (const auto* name : {"net/../kernel/hostname", "net/./x", "net/ipv4/"})
    EXPECT_FALSE(sysctl_path(name)) << name;
}

TEST(ProcessSpec, WhatCannotBeDoneIsRefusedBeforeAnythingIsTried) {
  EXPECT_TRUE(check({.command = {"true"}}));
  EXPECT_EQ(format(check({}).error()), "start a process: there is no command");
  EXPECT_EQ(
      format(check({.command = {"true"}, .sysctls = {{"net.ipv4.ip_forward", "1"}}}).error()),
      "start a process: sysctls need a network namespace; without one they would change the host");
  EXPECT_FALSE(check({.command = {"true"}, .netns = "/n", .sysctls = {{"kernel.panic", "1"}}}));
  EXPECT_FALSE(check({.command = {"true"}, .binds = {"x"}}));
}

}  // namespace
}  // namespace linkfab::containers
