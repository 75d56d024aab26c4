// `linkfab capture` on real links, its files read by tcpdump and capinfos.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <vector>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

constexpr const char* request = "icmp[icmptype] = icmp-echo";

class Capture : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (IsSkipped()) return;
    ok(up(pair));
    ok("set a--b none");
  }

  // A capture that runs while `traffic` does; ended by SIGINT. What it said is in `said_`.
  int capture(const std::string& arguments, const std::function<void()>& traffic) {
    Background running(LINKFAB_BIN_DIR "/linkfab capture " + arguments + " 2>" + said_file_,
                       text_file_);
    // Rings are there when the kernel lists their sockets: one for each direction in each place.
    const int directions = contains(arguments, "--from") ? 1 : 2;
    const int places = contains(arguments, "--at both") ? 2 : 1;
    EXPECT_TRUE(eventually([&] { return sockets() == directions * places; }));
    traffic();
    running.signal(SIGINT);
    const int status = running.wait();
    said_ = output_of("cat " + said_file_);
    text_ = output_of("cat " + text_file_);
    return status;
  }
  static int sockets() {
    return std::stoi(output_of("grep -c ' 3  *0003 ' /proc/net/packet || true"));
  }

  void ping(int count, const std::string& more = "") const {
    (void)run(inside(
        "a", "ping -q -n -i 0.05 -W 1 -c " + std::to_string(count) + " " + more + " 10.1.0.2"));
  }

  // How many frames of the file the filter takes.
  static int frames(const std::string& file, const std::string& filter = "") {
    return std::stoi(output_of("tcpdump -nr " + file + " '" + filter + "' 2>/dev/null | wc -l"));
  }
  // By sequence number, the times in seconds of the echo requests, each as often as it was seen.
  static std::map<int, std::vector<double>> times(const std::string& file) {
    std::map<int, std::vector<double>> times;
    for (const auto& line :
         lines_of(output_of("tcpdump -tt -nr " + file + " '" + request + "' 2>/dev/null"))) {
      const auto number = line.find("seq ");
      if (number != std::string::npos)
        times[std::stoi(line.substr(number + 4))].push_back(std::stod(line));
    }
    return times;
  }

  const std::string said_file_ = file("said");
  const std::string text_file_ = file("text");
  const std::string saved_ = file("capture.pcapng");
  std::string said_;
  std::string text_;
};

TEST_F(Capture, EveryFrameIsInTheFileOnceAndTheInterruptIsNoFailure) {
  EXPECT_EQ(capture("a--b -w " + saved_ + " --filter icmp", [&] { ping(10); }), 0) << said_;
  EXPECT_EQ(frames(saved_, request), 10);
  EXPECT_EQ(frames(saved_), 20);
  EXPECT_TRUE(contains(said_, "20 frames")) << said_;
  EXPECT_TRUE(contains(said_, " 0 dropped")) << said_;
}

TEST_F(Capture, TheDelayIsBetweenBeforeAndAfter) {
  ok("set a--b --from a delay=30ms");
  EXPECT_EQ(capture("a--b --from a --at both -w " + saved_, [&] { ping(10); }), 0) << said_;
  const auto seen = times(saved_);
  ASSERT_EQ(seen.size(), 10U);
  std::vector<double> delays;
  for (const auto& [number, both] : seen) {
    ASSERT_EQ(both.size(), 2U) << number;
    delays.push_back(both[1] - both[0]);
  }
  std::ranges::sort(delays);
  EXPECT_GE(delays.front(), 0.030);
  EXPECT_LE(delays[5], 0.040) << "the median: a busy machine may hold up one or the other";
}

TEST_F(Capture, WhatIsLostIsMissingAfterAndThereBefore) {
  ok("set a--b --from a loss=100%");
  EXPECT_EQ(capture("a--b --from a --at both -w " + saved_ + " --filter icmp", [&] { ping(5); }),
            0);
  const auto seen = times(saved_);
  EXPECT_EQ(seen.size(), 5U);
  for (const auto& [number, once] : seen) EXPECT_EQ(once.size(), 1U) << number;
  EXPECT_EQ(capture("a--b --from a -w " + saved_ + " --filter icmp", [&] { ping(2); }), 1);
  EXPECT_TRUE(contains(said_, "none that the filter takes passed there")) << said_;
}

TEST_F(Capture, TheFilterAndTheLimitsHold) {
  EXPECT_EQ(capture("a--b -w " + saved_ + " --filter '" + request + "' --count 3 --snaplen 60",
                    [&] { ping(6); }),
            0);
  EXPECT_EQ(frames(saved_), 3);
  EXPECT_EQ(frames(saved_, request), 3);
  EXPECT_TRUE(contains(output_of("tcpdump -e -nr " + saved_ + " 2>/dev/null"), "length 98"));
}

TEST_F(Capture, TextSaysOneLineAFrame) {
  EXPECT_EQ(capture("a--b --at both --filter icmp", [&] { ping(1); }), 0) << said_;
  const auto lines = lines_of(text_);
  ASSERT_EQ(lines.size(), 4U) << text_;
  EXPECT_TRUE(contains(lines[0], "a:eth0->b:eth0 before  10.1.0.1 > 10.1.0.2: ICMP echo request"))
      << text_;
  EXPECT_TRUE(contains(lines[1], "a:eth0->b:eth0 after")) << text_;
  EXPECT_TRUE(contains(lines[3], "b:eth0->a:eth0 after")) << text_;
}

TEST_F(Capture, AVlanTagIsInTheFrame) {
  for (const auto& [node, address] : {std::pair{"a", "1"}, std::pair{"b", "2"}}) {
    output_of(inside(node, "ip link add link eth0 name v7 type vlan id 7"));
    output_of(inside(node, std::string("ip addr add 10.7.0.") + address + "/24 dev v7"));
    output_of(inside(node, "ip link set v7 up"));
  }
  const auto both = [&] { EXPECT_TRUE(pings("a", "10.7.0.2", 2)); };
  EXPECT_EQ(capture("a--b -w " + saved_ + " --filter 'vlan 7 and icmp'", both), 0) << said_;
  EXPECT_EQ(frames(saved_, "vlan 7 and icmp"), 4);
  for (const auto* node : {"a", "b"}) output_of(inside(node, "ip link del v7"));
}

TEST_F(Capture, OfARingTheNewestFilesAreLeft) {
  // Filtered, so that no file holds nothing but a node's search for a router.
  EXPECT_EQ(
      capture("a--b -w " + saved_ + " --filter icmp --ring 2:5k", [&] { ping(30, "-s 1000"); }), 0);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(file("")))
    if (contains(entry.path(), "capture_0")) files.push_back(entry.path());
  EXPECT_EQ(files.size(), 2U);
  for (const auto& one : files) EXPECT_GT(frames(one, "icmp"), 0) << one;
}

TEST_F(Capture, AReaderThatEndsEndsItQuietly) {
  Background traffic(inside("a", "ping -q -n -i 0.05 10.1.0.2"));
  const auto done = run(LINKFAB_BIN_DIR "/linkfab capture a--b -w - | tcpdump -n -c 3 -r - icmp");
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(lines_of(done.out).size(), 3U) << done.out;
}

TEST_F(Capture, ItIsLiveThroughAPipe) {
  Background traffic(inside("a", "ping -q -n -i 0.02 10.1.0.2"));
  const auto begin = std::chrono::steady_clock::now();
  const auto done = run("timeout 5 " LINKFAB_BIN_DIR
                        "/linkfab capture a--b -w - 2>/dev/null | tcpdump -n -c 1 -r - icmp");
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{3});
}

TEST_F(Capture, ARestartedNodeIsFollowedAndAChangedImpairmentSaid) {
  EXPECT_EQ(capture("a--b --at both",
                    [&] {
                      ping(2);
                      ok("set a--b delay=5ms");
                      ping(2);
                      ok("restart b");
                      EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }));
                      ping(20);
                    }),
            0);
  EXPECT_TRUE(contains(text_, "(impairment is now delay=5ms)")) << text_;
  // Four before the restart, and some of those after it, each before and after the link.
  EXPECT_GE(std::ranges::count_if(lines_of(text_),
                                  [](const auto& line) { return contains(line, "echo reply"); }),
            14)
      << text_;
  EXPECT_FALSE(contains(said_, "has gone")) << said_;
}

TEST_F(Capture, TheEndOfTheLinkIsSaidAndEndsIt) {
  Background running(LINKFAB_BIN_DIR "/linkfab capture a--b 2>" + said_file_, text_file_);
  ASSERT_TRUE(eventually([&] { return sockets() > 0; }));
  ping(2);
  ok("disconnect a--b");
  EXPECT_EQ(running.wait(), 0);
  EXPECT_TRUE(contains(output_of("cat " + said_file_), "link a--b has gone"));
}

// As Wireshark calls it, question by question.
TEST_F(Capture, WiresharkIsToldTheLinksAndGetsTheirFrames) {
  const std::string extcap = LINKFAB_BIN_DIR "/linkfab-extcap ";
  const auto list = run(extcap + "--extcap-interfaces --extcap-version=4.0");
  EXPECT_TRUE(contains(list.out, "extcap {version=")) << list.out;
  EXPECT_TRUE(contains(list.out, "interface {value=linkfab:a--b}{display=linkfab link a--b}\n"))
      << list.out;
  const std::string of_link = extcap + "--extcap-interface linkfab:a--b ";
  EXPECT_EQ(run(of_link + "--extcap-dlts").out, "dlt {number=1}{name=EN10MB}{display=Ethernet}\n");
  const auto options = run(of_link + "--extcap-config").out;
  for (const char* option : {"{call=--at}", "{call=--from}", "{call=--to}", "{call=--snaplen}"})
    EXPECT_TRUE(contains(options, option)) << options;
  EXPECT_EQ(run(of_link + "--extcap-capture-filter 'udp port 53'").out, "");
  EXPECT_TRUE(contains(run(of_link + "--extcap-capture-filter 'udp or'").out, "udp or"));

  const auto fifo = file("fifo");
  output_of("mkfifo " + fifo);
  Background traffic(inside("a", "ping -q -n -i 0.05 10.1.0.2"));
  Background capture(of_link + "--capture --at before --from a --extcap-capture-filter " +
                         "icmp --fifo " + fifo + " 2>" + said_file_,
                     text_file_);
  const auto read = run("timeout 20 tcpdump -n -c 3 -r " + fifo);
  EXPECT_EQ(lines_of(read.out).size(), 3U) << read.out << read.err;
  EXPECT_EQ(capture.wait(), 0);
  EXPECT_EQ(output_of("cat " + said_file_), "") << "Wireshark takes it for an error";
}

TEST_F(Capture, WhatIsWrongIsSaidInOneLine) {
  fails_with(linkfab("capture a--c"), "a--c");
  fails_with(linkfab("capture a--b --filter 'nonsense ('"), "nonsense");
  fails_with(linkfab("capture a--b -w /nonexistent/f"), "/nonexistent/f");
  fails_with(linkfab("capture a--b --from c"), "no end of link a--b is called that");
  fails_with(linkfab("capture a--b --at middle"), "before, after or both", 2);
  fails_with(linkfab("capture a--b --ring 3:5M"), "-w FILE", 2);
  fails_with(linkfab("capture a--b --filter 'udp port 9' --duration 300ms"),
             "none that the filter takes passed there");
  fails_with(run("setpriv --bounding-set -net_raw --inh-caps -net_raw " LINKFAB_BIN_DIR
                 "/linkfab capture a--b"),
             "it needs root");
}

}  // namespace
}  // namespace linkfab::test
