#include "api/metrics.hpp"

#include <chrono>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

namespace linkfab::api {
namespace {

using fabric::Measurements;
using testing::HasSubstr;
using testing::Not;

Measurements one_link() {
  Measurements measured;
  measured.nodes = {{"r1", "netns", "running"}, {"r2", "docker", "error"}};
  measured.underlay = {{"h2", std::chrono::microseconds{5020}}};
  measured.links = {{"r1--r2", "link", "cut"}, {"lan", "switch", "up"}};
  fabric::InterfaceCounters counters{
      .received = {.packets = 10, .bytes = 1000, .dropped = 3, .errors = 1},
      .sent = {.packets = 20, .bytes = 1'234'567'890'123, .dropped = 2, .errors = 0},
      .queue = {{.drops = 4, .packets = 5, .bytes = 600}},
      .carrier_changes = 7};
  measured.interfaces.push_back(
      {.endpoint = {"r1", "eth0"}, .attached = "r1--r2", .up = true, .counters = counters});
  measured.interfaces.push_back(
      {.endpoint = {"r2", "eth0"}, .attached = "r1--r2", .up = false, .counters = std::nullopt});
  return measured;
}

std::string page(const Measurements& measured) {
  return metrics_text(measured, {.cpu_seconds = 1.5, .resident_bytes = 4096}, "1.2.3");
}

TEST(Metrics, AnInterfaceIsSeenAsItsNodeSeesIt) {
  const auto text = page(one_link());
  const std::string labels = R"({interface="eth0",link="r1--r2",node="r1")";
  for (const char* line :
       {"linkfab_interface_receive_frames_total@} 10\n",
        "linkfab_interface_receive_bytes_total@} 1000\n",
        "linkfab_interface_transmit_frames_total@} 20\n",
        "linkfab_interface_transmit_bytes_total@} 1234567890123\n",
        "linkfab_interface_receive_drops_total@,cause=\"impairment\"} 4\n",
        "linkfab_interface_receive_drops_total@,cause=\"refused\"} 3\n",
        "linkfab_interface_receive_drops_total@,cause=\"error\"} 1\n",
        "linkfab_interface_transmit_drops_total@,cause=\"refused\"} 2\n",
        "linkfab_interface_queue_frames@} 5\n", "linkfab_interface_queue_bytes@} 600\n",
        "linkfab_interface_carrier_changes_total@} 7\n", "linkfab_interface_up@} 1\n"}) {
    std::string wanted = line;
    wanted.replace(wanted.find('@'), 1, labels);
    EXPECT_THAT(text, HasSubstr(wanted));
  }
}

TEST(Metrics, AnInterfaceWithoutADeviceIsDownAndHasNoCounters) {
  const auto text = page(one_link());
  EXPECT_THAT(text,
              HasSubstr(R"(linkfab_interface_up{interface="eth0",link="r1--r2",node="r2"} 0)"));
  EXPECT_THAT(text,
              Not(HasSubstr(R"(receive_frames_total{interface="eth0",link="r1--r2",node="r2")")));
}

TEST(Metrics, AnObjectIsInOneStateOfAllThatThereAre) {
  const auto text = page(one_link());
  EXPECT_THAT(text, HasSubstr(R"(linkfab_node_state{node="r2",kind="docker",state="error"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(linkfab_node_state{node="r2",kind="docker",state="running"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(linkfab_link_state{link="r1--r2",kind="link",state="cut"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(linkfab_underlay_delay_seconds{host="h2"} 0.00502)"));
  EXPECT_THAT(text, HasSubstr(R"(linkfab_link_state{link="lan",kind="switch",state="up"} 1)"));
}

TEST(Metrics, StepsAreAHistogramWhoseBucketsAddUp) {
  Measurements measured;
  for (const int milliseconds : {1, 3, 30, 200'000})
    measured.steps.add(std::chrono::milliseconds{milliseconds});
  const auto text = page(measured);
  const std::string name = "linkfab_reconcile_step_duration_seconds";
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"0.005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"0.1\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"100\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count 4\n"));
}

// The rules of the format that a parser trips over.
TEST(Metrics, EachFamilyHasOneHelpAndOneTypeBeforeItsSamples) {
  std::istringstream lines(page(one_link()));
  std::set<std::string> helped;
  std::set<std::string> typed;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark, kind, name;
    words >> mark >> kind >> name;
    if (mark != "#") {
      EXPECT_TRUE(line.starts_with(family)) << line;
      continue;
    }
    family = name;
    EXPECT_TRUE((kind == "HELP" ? helped : typed).insert(name).second) << line;
  }
  EXPECT_EQ(helped, typed);
  EXPECT_TRUE(helped.contains("process_cpu_seconds_total"));
}

TEST(Metrics, TheAgentTellsOfItself) {
  const auto text = page({});
  EXPECT_THAT(text, HasSubstr("linkfab_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("process_cpu_seconds_total 1.5\n"));
  const auto usage = process_usage();
  EXPECT_GT(usage.resident_bytes, 1'000'000U);
  EXPECT_GE(usage.open_fds, 3U);
  EXPECT_LE(usage.open_fds, usage.max_fds);
  const auto age =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() -
      usage.start_seconds;
  EXPECT_GE(age, -1);
  EXPECT_LT(age, 600);
}

}  // namespace
}  // namespace linkfab::api
