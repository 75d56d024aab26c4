// What is said about scenarios with mistakes: a table of wrong inputs and the exact messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fabric/scenario_samples.hpp"

namespace linkfab::fabric {
namespace {

using testing::ElementsAreArray;

struct Wrong {
  std::string_view text;
  std::vector<std::string> messages;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.text;
}

class ScenarioFindings : public testing::TestWithParam<Wrong> {};

TEST_P(ScenarioFindings, SayWhereAndWhatAndWhatIsRight) {
  const auto scenario = read(GetParam().text);
  ASSERT_FALSE(scenario);
  EXPECT_THAT(scenario.error(), ElementsAreArray(GetParam().messages));
}

INSTANTIATE_TEST_SUITE_P(
    Csv, ScenarioFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {"", {"s:1:1: the header is missing: a line such as time,delay,loss"}},
        {"time,link,dely\n", {"s:1:11: unknown column 'dely'; did you mean 'delay'?"}},
        {"link,delay\n", {"s:1:1: the column 'time' is missing; the first line names columns"}},
        {"time,delay\n",
         {"s:1:1: no link is named: add a column 'link', or give LINK before the file"}},
        {"time,link,loss,loss\n", {"s:1:16: the column 'loss' is there twice"}},
        {"time,link,delay\n0,l\n", {"s:2:1: the row has 2 cells, the header 3"}},
        {"time,link,delay\n0,l,20\nx,l,1ms\n",
         {"s:2:5: '20': a time needs a unit: 20ms?",
          "s:3:1: 'x' is no time such as 1.5 (seconds), 20ms or 3s"}},
        {"time,link,delay\n2,l,1ms\n1,l,1ms\n",
         {"s:3:1: 1s comes before 2s, the time of the row before; times do not go backwards"}},
        {"time,link,delay\n0,l,1ms\n1,,2ms\n", {"s:3:1: the row names no link"}},
        {"time,link,up\n0,l,maybe\n1,l,\n", {"s:2:5: 'maybe' is none of yes, no, up, down"}},
        {"time,link,loss\n0,l,101%\n1,l,1%",
         {"s:2:5: '101%': a loss is a percentage such as 1%, or "
          "gemodel:P,R,1-H,1-K, or state:P13,P31,P32,P23,P14"}},
        {"time,link,delay\n0,l,1ms\n",
         {"s:1:1: it is over as soon as it begins: the last time is the end; give it one after 0"}},
        {"time,link,delay\n0,x,1ms\n1,x,2ms\n", {"s:2:3: link x: there is none of that name"}},
        {"time,link,to,delay\n0,l,c,1ms\n1,l,a,\n",
         {"s:2:3: no end of l is called 'c'; its ends are a:eth0, b:eth0"}},
        {"time,link,from,delay\n0,lan,a,1ms\n1,l,,\n",
         {"s:2:3: an impairment of a segment is toward a member; use \"to\""}},
        {"time,link,\"de\n", {"s:1:11: the quote is never closed"}},
        {"time,link,delay\n0,l\xff,1ms\n", {"s:2:4: not UTF-8 text"}},
    }));

INSTANTIATE_TEST_SUITE_P(
    Json, ScenarioFindings,
    testing::ValuesIn(std::vector<Wrong>{
        {"{}", {"s:1:1: \"steps\" is missing: a list of what happens when"}},
        {"{\"steps\": []}", {"s:1:1: there is no step in it"}},
        {"{\"steps\": [{\"at\": 1, \"link\": \"l\"}]}",
         {"s:1:12: steps[0]: the step does nothing; it needs one of set, ramp, random, flap, cut, "
          "restore"}},
        {"{\"steps\": [{\"at\": 1, \"link\": \"l\", \"set\": {\"delay\": \"1ms\"}, \"cut\": "
         "true}]}",
         {"s:1:60: steps[0].cut: a step does one thing; this is its second"}},
        {"{\"steps\": [{\"at\": 1, \"link\": \"l\", \"ramp\": {\"delay\": [\"1ms\", \"2ms\"]}}]}",
         {"s:1:12: steps[0]: it needs \"for\": how long it goes on, for example \"10s\""}},
        {"{\"steps\": [{\"at\": 1, \"link\": \"l\", \"cut\": true, \"to\": \"a\"}]}",
         {"s:1:12: steps[0]: a cable has no direction; leave \"from\" and \"to\" out"}},
        {"{\"length\": 1, \"steps\": [{\"at\": 2, \"link\": \"l\", \"cut\": true}]}",
         {"s:1:25: steps[0]: it goes on until 2s, after the scenario's length of 1s"}},
    }));

TEST(ScenarioFindingsOfAll, AreBounded) {
  std::string text = "time,link,delay\n";
  for (int i = 0; i < 1000; ++i) text += "0,l,wrong\n";
  const auto scenario = read(text);
  ASSERT_FALSE(scenario);
  EXPECT_LE(scenario.error().size(), 21U);
}

TEST(ScenarioFindingsOfAll, ContradictionsAreFoundWithTheValuesThatHoldByThen) {
  const auto wrong = read("time,link,delay,reorder\n0,l,,5%\n1,l,1ms,\n");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error()[0].find("s:2:3: toward a:eth0: "), std::string::npos) << wrong.error()[0];
  EXPECT_TRUE(read("time,link,delay,reorder\n0,l,1ms,5%\n1,l,2ms,\n"));
}

}  // namespace
}  // namespace linkfab::fabric
