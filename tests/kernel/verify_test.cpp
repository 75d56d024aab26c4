// Faults put in behind the agent's back, which is stopped so that it cannot repair them: `linkfab
// verify` finds each, tells what the kernel holds from what frames meet, and blames nobody else.
#include <csignal>
#include <list>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <json/reader.h>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

// Links between a and b, each on interfaces of its own name; what both directions do.
const std::map<std::string, std::string> links{
    {"bare", ""},
    {"calm", R"(, "delay": "20ms", "loss": "10%")"},
    {"delay", R"(, "delay": "20ms")"},
    {"flow", R"(, "delay": "5ms")"},
    {"gone", R"(, "delay": "20ms")"},
    {"jitter", R"(, "delay": "60ms", "jitter": "4ms", "distribution": "normal")"},
    {"loss", R"(, "loss": "10%")"},
    {"offload", R"(, "loss": "10%")"},
    {"rate", R"(, "rate": "10mbit")"},
    {"twice", R"(, "delay": "20ms")"},
    {"swapped", R"(, "a_to_b": {"delay": "5ms"}, "b_to_a": {"delay": "40ms"})"}};

class Verify : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (IsSkipped()) return;
    std::string made;
    for (const auto& [name, impairment] : links)
      made += fmt::format(R"({}{{"ends": ["a:{}", "b:{}"], "name": "{}"{}}})",
                          made.empty() ? "" : ",\n", name, name, name, impairment);
    ok(up(R"({"name": "wires", "nodes": {"a": {}, "b": {}}, "links": [)" + made + "]}"));
  }
  void TearDown() override {
    // The next one finds what was done to the lab, and puts it right.
    if (agent_ != 0) ::kill(agent_, SIGKILL);
    KeptLabTest::TearDown();
  }

  void stop_agent() {
    agent_ = agent();
    ASSERT_GT(agent_, 0);
    ASSERT_EQ(::kill(agent_, SIGSTOP), 0);
  }
  // Other options toward a node, with the limit that is there.
  void netem(const std::string& node, const std::string& link, const std::string& options) const {
    const auto port = device(node, link);
    output_of("limit=$(tc qdisc show dev " + port + " root | grep -o 'limit [0-9]*'); " +
              "tc qdisc replace dev " + port + " root handle fab0: netem " + options + " $limit");
  }
  // The switch's number of an interface.
  std::string number(const std::string& name, const std::string& interface) const {
    return vsctl("get interface " + device(name, interface) + " ofport");
  }

  // Verifies all, or those named; the directions by link and receiver, "loss b".
  void verify(int status, const std::string& options = "--for 4s",
              const std::vector<std::string>& names = {}) {
    const auto outcome =
        linkfab(fmt::format("verify {} --json {}", options, fmt::join(names, " ")));
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    Json::Value document;
    Json::Reader().parse(outcome.out, document);
    found_.clear();
    for (const auto& direction : document["directions"])
      found_[direction["link"].asString() + " " + direction["to"].asString().substr(0, 1)] =
          direction;
    ASSERT_EQ(found_.size(), 2 * (names.empty() ? links.size() : names.size())) << outcome.out;
  }

  [[nodiscard]] std::string of(const std::string& direction) const {
    return found_.at(direction).toStyledString();
  }
  // What the kernel holds otherwise: one thing, with this in it. Empty: nothing.
  void installed(const std::string& direction, const std::string& part) {
    SCOPED_TRACE(direction);
    accused_.insert(direction);
    const auto& problems = found_.at(direction)["not_installed"];
    ASSERT_EQ(problems.size(), part.empty() ? 0U : 1U) << of(direction);
    if (part.empty()) return;
    EXPECT_TRUE(contains(problems[0].asString(), part)) << of(direction);
  }
  // The qualities that frames meet otherwise; `also` those that a busy host may leave undecided.
  void measured(const std::string& direction, const std::set<std::string>& qualities,
                const std::set<std::string>& also = {}) {
    SCOPED_TRACE(direction);
    accused_.insert(direction);
    std::set<std::string> differ;
    for (const auto& finding : found_.at(direction)["findings"])
      if (const auto quality = finding["quality"].asString();
          finding["verdict"] == "differs" && !also.contains(quality))
        differ.insert(quality);
    EXPECT_EQ(differ, qualities) << of(direction);
    EXPECT_EQ(found_.at(direction)["verdict"], "differs") << of(direction);
  }
  // It differs, or a busy host leaves it undecided.
  void never_right(const std::string& direction, const std::string& quality) {
    bool found = false;
    for (const auto& finding : found_.at(direction)["findings"]) {
      if (finding["quality"] != quality) continue;
      found = true;
      EXPECT_NE(finding["verdict"], "as requested") << of(direction);
    }
    EXPECT_TRUE(found) << of(direction);
  }
  void others_raise_no_alarm() {
    for (const auto& [direction, found] : found_) {
      if (accused_.contains(direction)) continue;
      EXPECT_NE(found["verdict"], "differs") << of(direction);
      EXPECT_NE(found["verdict"], "not measured") << of(direction);
    }
  }

  std::map<std::string, Json::Value> found_;
  std::set<std::string> accused_;
  pid_t agent_ = 0;
};

TEST_F(Verify, FaultsAreFoundAndNamedForWhatTheyAre) {
  verify(0);
  others_raise_no_alarm();
  for (const auto* const sure : {"bare b", "calm a", "gone b", "loss b", "rate a", "swapped a"})
    EXPECT_EQ(found_.at(sure)["verdict"], "as requested") << of(sure);

  stop_agent();
  output_of("tc qdisc del dev " + device("b", "gone") + " root");
  netem("b", "delay", "delay 30ms");
  netem("b", "loss", "loss 30%");
  netem("a", "rate", "rate 5mbit");
  netem("b", "jitter", "delay 60ms 16ms distribution normal");
  netem("b", "swapped", "delay 40ms");
  netem("a", "swapped", "delay 5ms");
  output_of(inside("a", "ethtool -K offload tso on gso on"));
  // What the switch does nobody reads back.
  ofctl("del-flows", "in_port=" + number("a", "flow"));
  ofctl("mod-flows", "in_port=" + number("a", "twice") + ",actions=output:" + number("b", "twice") +
                         ",output:" + number("b", "twice"));

  verify(1);
  installed("gone b", "there is no netem");
  measured("gone b", {"delay"});
  installed("delay b", "delay is 30ms, not 20ms");
  measured("delay b", {}, {"delay"});
  never_right("delay b", "delay");
  installed("loss b", "loss is 30%, not 10%");
  measured("loss b", {"loss"});
  installed("rate a", "rate is 5mbit, not 10mbit");
  measured("rate a", {"rate"});
  installed("jitter b", "jitter is 16ms, not 4ms");
  measured("jitter b", {}, {"jitter", "distribution"});
  never_right("jitter b", "jitter");
  installed("swapped b", "delay is 40ms, not 5ms");
  measured("swapped b", {}, {"delay"});
  never_right("swapped b", "delay");
  installed("swapped a", "delay is 5ms, not 40ms");
  measured("swapped a", {"delay"});
  installed("offload b", "a:offload hands down super-frames");
  measured("offload b", {});
  installed("flow b", "");
  measured("flow b", {"loss"});
  installed("twice b", "");
  measured("twice b", {"duplicate"});
  others_raise_no_alarm();
}

// Every node answers a ping to all nodes of a link.
TEST_F(Verify, PassiveJudgesTheTrafficThatIsThere) {
  const std::vector<std::string> names{"bare", "flow", "gone", "loss"};
  stop_agent();
  netem("b", "loss", "loss 40%");
  ofctl("del-flows", "in_port=" + number("a", "flow"));
  const auto sent = [&] {
    return std::stoi(
        output_of("cat /sys/class/net/" + device("a", "gone") + "/statistics/rx_packets"));
  };
  const auto before = sent();
  std::list<Background> pings;
  for (const std::string name : {"bare", "flow", "loss"})
    pings.emplace_back(inside("a", "ping -q -n -i 0.005 -w 20 ff02::1%" + name));
  verify(1, "--passive --for 6s", names);
  EXPECT_LT(sent() - before, 20) << "it sent probes; IPv6 says a word by itself now and then";
  accused_.insert({"gone a", "gone b", "flow a"});  // next to nothing passes there
  EXPECT_EQ(found_.at("bare b")["verdict"], "as requested") << of("bare b");
  EXPECT_EQ(found_.at("bare a")["verdict"], "as requested") << of("bare a");
  installed("loss b", "loss is 40%, not 10%");
  measured("loss b", {"loss"});
  installed("flow b", "");
  measured("flow b", {"path"});
  others_raise_no_alarm();
}

TEST_F(Verify, QuietShowsOnlyWhatDiffers) {
  const auto right = linkfab("verify --quiet --for 500ms bare flow");
  EXPECT_EQ(right.status, 0) << right.err;
  EXPECT_EQ(right.out, "4 directions: 4 as requested, 0 differ\n");
  stop_agent();
  netem("b", "flow", "delay 50ms");
  const auto wrong = linkfab("verify --quiet --for 500ms bare flow");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_TRUE(contains(wrong.out, "4 directions: 3 as requested, 1 differs\n")) << wrong.out;
  EXPECT_FALSE(contains(wrong.out, "bare")) << wrong.out;
  EXPECT_TRUE(contains(wrong.out, "delay is 50ms, not 5ms")) << wrong.out;
  fails_with(linkfab("verify nobody"), "nobody");
  fails_with(linkfab("verify --for 1ms"), "at least 100ms");
}

}  // namespace
}  // namespace linkfab::test
