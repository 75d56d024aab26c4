// Nodes that emulate a machine: virtual PCs, virtual machines.
#include <sys/stat.h>

#include <csignal>

#include <fmt/format.h>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

bool has(const std::string& program) {
  return run("command -v " + program).status == 0;
}

class Vpcs : public KeptLabTest {
 protected:
  void SetUp() override {
    if (!has("vpcs")) GTEST_SKIP() << "vpcs is not installed";
    KeptLabTest::SetUp();
  }
  std::string type(const std::string& node, const std::string& text) {
    const auto outcome = linkfab("console " + node + " --wait 4s <<'END'\n" + text + "\nEND");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out;
  }
};

constexpr const char* lan = R"({"name": "lan",
  "nodes": {"a": {"interfaces": {"eth0": "10.1.0.9/24"}},
            "pc1": {"kind": "vpcs", "interfaces": {"eth0": "10.1.0.1/24"}, "routes": ["default via 10.1.0.9"]},
            "pc2": {"kind": "vpcs", "interfaces": {"eth0": ["10.1.0.2/24", "2001:db8::2/64"]}}},
  "segments": {"s": {"interfaces": ["a:eth0", "pc2:eth0"]}},
  "links": [{"ends": ["pc1:eth0", "a:eth1"], "name": "cable"}]})";

TEST_F(Vpcs, SpeakWithOtherNodesOverShapedLinks) {
  ok(up(lan));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }));
  ok("exec a -- ip address add 10.2.0.9/24 dev eth1");
  EXPECT_TRUE(contains(type("pc1", "ip 10.2.0.1/24 10.2.0.9"), "10.2.0.1"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.2.0.1"); }));
  ok("set cable delay=40ms");
  EXPECT_GE(round_trip("a", "10.2.0.1", 5), 80);
  ok("cut cable");
  EXPECT_FALSE(pings("a", "10.2.0.1"));
}

TEST_F(Vpcs, SpeakTcpAndUdp) {
  ok(up(lan));
  const Background echo(inside("a",
                               "python3 -c 'import socket,threading as t; "
                               "u=socket.socket(2,2); u.bind((\"10.1.0.9\",7)); "
                               "t.Thread(target=lambda:[u.sendto(*u.recvfrom(2048)) for _ in "
                               "iter(int,1)]).start(); "
                               "s=socket.create_server((\"10.1.0.9\",7)); "
                               "[s.accept()[0].recv(2048) for _ in iter(int,1)]'"));
  ASSERT_TRUE(eventually([&] { return contains(run(inside("a", "ss -ltn")).out, "10.1.0.9:7 "); }));
  const auto udp = type("pc2", "ping 10.1.0.9 -P 17 -p 7 -c 2");
  EXPECT_TRUE(contains(udp, "10.1.0.9 udp_seq=2 ttl=")) << udp;
  const auto tcp = type("pc2", "ping 10.1.0.9 -P 6 -p 7 -c 2");
  EXPECT_TRUE(contains(tcp, "SendData  7@10.1.0.9 seq=2")) << tcp;
}

TEST_F(Vpcs, TheirConsoleIsAtHand) {
  ok(up(lan));
  ok("restart pc1");  // what was typed at its console is gone
  const auto shown = type("pc1", "show ip");
  EXPECT_TRUE(contains(shown, "10.1.0.1/24")) << shown;
  EXPECT_TRUE(contains(shown, "10.1.0.9")) << shown;
  fails_with(linkfab("console a"), "linkfab shell a");
  fails_with(linkfab("exec pc1 -- ls"), "linkfab console pc1");
  ok("stop pc1");
  fails_with(linkfab("console pc1"), "it is stopped");
}

TEST_F(Vpcs, GoOnWithoutTheAgentAndStartAnewWhenTheyAreChanged) {
  ok(up(lan));
  const auto pid = [&] { return node("pc2")["pid"].asInt(); };
  const int first = pid();
  ASSERT_GT(first, 0);
  ::kill(agent(), SIGKILL);
  ASSERT_TRUE(eventually([] { return agent() == 0; }));
  ok(up(lan));
  EXPECT_EQ(pid(), first);
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  std::string other = lan;
  other.replace(other.find("10.1.0.2/24"), 11, "10.1.0.3/24");
  ok(up(other));
  EXPECT_NE(pid(), first);
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.3"); }));
  const int second = pid();
  ok("restart pc2");
  EXPECT_NE(pid(), second);
  EXPECT_GT(pid(), 0);
}

// Its card's own firmware (iPXE) is the machine: it asks for an address, and answers pings while it
// looks for what to boot.
class Qemu : public LabTest {
 protected:
  void SetUp() override {
    if (!has("qemu-system-x86_64")) GTEST_SKIP() << "qemu-system-x86_64 is not installed";
    LabTest::SetUp();
  }
};

TEST_F(Qemu, AVirtualMachineReachesItsNeighbourOverTcpAndUdp) {
  ok(up(R"({"name": "vm",
    "nodes": {"a": {"interfaces": {"eth0": "10.1.0.9/24"}},
              "vm": {"kind": "qemu", "options": {"accel": "tcg", "memory": "64M"}}},
    "links": [["a:eth0", "vm:eth0"]]})"));
  const auto leases = file("leases");
  const auto settings = file("udhcpd.conf");
  run("touch " + leases);
  output_of(fmt::format(
      "printf 'start 10.1.0.5\\nend 10.1.0.5\\ninterface eth0\\npidfile /dev/null\\nlease_file "
      "{}\\nsiaddr 10.1.0.9\\nboot_file http://10.1.0.9/script\\n' >{}",
      leases, settings));
  const Background boot(
      inside("a", "python3 " LINKFAB_SOURCE_DIR "/tests/kernel/boot_server.py 10.1.0.9"),
      file("boot.log"));
  const Background server(inside("a", "busybox udhcpd -f -I 10.1.0.9 " + settings),
                          file("udhcpd.log"));
  const auto fetched = [&](const std::string& line) {
    return contains(run("cat " + file("boot.log")).out, line);
  };
  EXPECT_TRUE(eventually([&] { return fetched("http /passed"); }, std::chrono::seconds{200}))
      << run("cat /run/linkfab/nodes/vm/log " + file("udhcpd.log") + " " + file("boot.log")).out
      << linkfab("console vm --wait 1s </dev/null").out << linkfab("links").out;
  const auto user = output_of("ps -o user= -C qemu-system-x86_64");
  EXPECT_TRUE(contains(user, "nobody") || contains(user, "_linkfab")) << user;
  EXPECT_TRUE(fetched("tftp file 100000"));
  EXPECT_TRUE(fetched("http /file 100000"));
}

TEST_F(Qemu, AFileThatItsUserCannotReadIsSaid) {
  const auto disk = write("nothing yet");
  ::chmod(disk.c_str(), 0600);
  const auto refused = up(R"({"name": "vm",
    "nodes": {"vm": {"kind": "qemu", "image": ")" +
                          disk + R"(", "options": {"accel": "tcg"}}}})");
  fails_with(refused, "open " + disk + " for reading as the user ");
  EXPECT_TRUE(contains(refused.err, "Permission denied")) << refused.err;
}

}  // namespace
}  // namespace linkfab::test
