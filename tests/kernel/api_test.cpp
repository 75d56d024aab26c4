// The HTTP API to the kernel and back: what is asked for is what the devices have.
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <json/reader.h>
#include <json/writer.h>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

constexpr const char* the_link = "links/a--b";

class Api : public KeptLabTest {
 protected:
  // The status, and the body as JSON where it is.
  struct Answer {
    int status = 0;
    Json::Value body;
  };

  static std::string curl(const std::string& target, const std::string& options = {}) {
    return fmt::format(
        "curl -sN --unix-socket /run/linkfab/api.sock {} 'http://localhost/api/v1/{}'", options,
        target);
  }
  static Answer ask(const std::string& method, const std::string& target,
                    const std::string& body = {}) {
    const auto data =
        body.empty() ? "" : fmt::format("-H 'Content-Type: application/json' -d '{}'", body);
    const auto said =
        output_of(curl(target, fmt::format(R"(-X {} {} -w '\n%{{http_code}}')", method, data)));
    const auto last = said.rfind('\n');
    Answer answer{.status = std::stoi(said.substr(last + 1)), .body = {}};
    if (last > 0) std::istringstream(said.substr(0, last)) >> answer.body;
    return answer;
  }

  void SetUp() override {
    KeptLabTest::SetUp();
    if (!IsSkipped()) ok(up(pair));
  }
};

TEST_F(Api, AChangeIsInTheKernelWhenItIsAnswered) {
  const auto changed = ask("PATCH", the_link, R"({"delay": "20ms", "b_to_a": {"loss": "3%"}})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_TRUE(contains(qdisc(device("b", "eth0")), "delay 20ms"));
  EXPECT_FALSE(contains(qdisc(device("b", "eth0")), "loss"));
  EXPECT_TRUE(contains(qdisc(device("a", "eth0")), "delay 20ms loss 3%"));
  EXPECT_EQ(ask("PATCH", the_link, R"({"b_to_a": null})").status, 200);
  EXPECT_FALSE(contains(qdisc(device("a", "eth0")), "delay"));
  EXPECT_GE(round_trip("a", "10.1.0.2"), 20);
  EXPECT_EQ(ask("PATCH", the_link, R"({"delay": "20"})").status, 422);
  EXPECT_TRUE(contains(qdisc(device("b", "eth0")), "delay 20ms"));
}

TEST_F(Api, ACutTakesTheCarrierAndARestoreBringsIt) {
  EXPECT_EQ(ask("PATCH", the_link, R"({"state": "down"})").status, 200);
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  EXPECT_FALSE(carrier("a", "eth0"));
  EXPECT_EQ(ask("PATCH", the_link, R"({"state": "up"})").status, 200);
  EXPECT_TRUE(carrier("a", "eth0"));
  EXPECT_TRUE(pings("a", "10.1.0.2"));
}

TEST_F(Api, ALinkConnectsAndGoes) {
  const auto made = ask("POST", "links", R"({"ends": ["a:eth5", "b:eth5"], "rate": "8mbit"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(contains(qdisc(device("b", "eth5")), "rate 8Mbit"));
  EXPECT_TRUE(carrier("a", "eth5"));
  EXPECT_EQ(ask("DELETE", "links/a:eth5--b:eth5").status, 204);
  EXPECT_FALSE(carrier("a", "eth5"));  // the interface stays, as after `disconnect`
}

TEST_F(Api, ANodeStopsAndComesBackWithItsLink) {
  EXPECT_EQ(ask("POST", "nodes/b/stop").status, 200);
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  EXPECT_EQ(ask("POST", "nodes/b/start").status, 200);
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }));
}

TEST_F(Api, StatisticsAreTheKernels) {
  const auto frames = [] {
    const auto statistics = ask("GET", "statistics/a--b").body;
    return statistics["directions"][0]["counters"]["received_frames"].asInt64();
  };
  const auto before = frames();
  EXPECT_TRUE(pings("a", "10.1.0.2", 20));
  EXPECT_GE(frames() - before, 20) << ask("GET", "statistics/a--b").body;
}

TEST_F(Api, ACaptureHasTheFramesThatPass) {
  {
    const Background capture(curl("links/a--b/capture?at=after&filter=icmp"), file("c.pcapng"));
    ASSERT_TRUE(eventually([&] { return std::filesystem::file_size(file("c.pcapng")) > 0; }));
    EXPECT_TRUE(pings("a", "10.1.0.2", 5));
    EXPECT_TRUE(eventually([&] {
      const auto seen = run("tcpdump -nr " + file("c.pcapng"));
      return lines_of(seen.out).size() == 10;  // requests and replies
    })) << run("tcpdump -nr " + file("c.pcapng")).out;
  }
}

TEST_F(Api, EventsTellWhatChangesBehindItsBack) {
  const Background events(curl("events"), file("events"));
  const auto told = [&](const std::string& text) {
    return eventually([&] { return run("grep -q '" + text + "' " + file("events")).status == 0; });
  };
  EXPECT_TRUE(told("event: hello"));
  ok("set a--b delay=7ms");
  EXPECT_TRUE(told(R"("impairment_toward":"delay=7ms")"));
  ok("cut a--b");
  EXPECT_TRUE(told(R"("state":"cut")"));
}

}  // namespace
}  // namespace linkfab::test
