// A running stream meets changed values frame by frame: nothing is lost, doubled or unshaped, a
// change holds for the next frame, and frames in the queue keep what they had. With ten thousand
// frames a second and a thousand changes by tests/bench/hitless.cpp.
#include "tests/kernel/lab_test.hpp"
#include "tests/support/numbered_stream.hpp"

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;

// More than a busy guest adds to a delay, less than what lies between two.
constexpr milliseconds slack{190};

TEST(StreamReport, TellsWhatIsWrongWithAFrame) {
  const milliseconds ms{1};
  const std::vector<LinkState> states{{.delay = 10 * ms},
                                      {.asked = 1000 * ms, .done = 1010 * ms, .delay = 210 * ms}};
  const std::vector<SentFrame> sent{
      {500 * ms, 500 * ms}, {1005 * ms, 1005 * ms}, {1020 * ms, 1020 * ms}};
  const auto with = [&](nanoseconds first, nanoseconds second, nanoseconds third) {
    return examine(
        sent,
        {{0, sent[0].before + first}, {1, sent[1].before + second}, {2, sent[2].before + third}},
        states, slack);
  };
  const auto right = with(10 * ms, 210 * ms, 211 * ms);
  EXPECT_EQ(right.first_problem, "");
  EXPECT_EQ(right.most_noise, 1 * ms);
  EXPECT_EQ(with(10 * ms, 10 * ms, 210 * ms).first_problem,
            "");  // while it changes either is right
  EXPECT_EQ(with(9 * ms, 210 * ms, 210 * ms).unshaped, 1U);
  EXPECT_EQ(with(210 * ms, 210 * ms, 210 * ms).wrong, 1U);   // not the old one before
  EXPECT_EQ(with(10 * ms, 210 * ms, 10 * ms).unshaped, 1U);  // not the old one after
  EXPECT_EQ(examine({{990 * ms, 990 * ms}}, {{0, 1215 * ms}}, states, slack).held_up, 1U);
  EXPECT_EQ(examine(sent, {{0, 510 * ms}, {0, 510 * ms}}, states, slack).lost, 2U);
  EXPECT_EQ(examine(sent, {{0, 510 * ms}, {0, 510 * ms}}, states, slack).doubled, 1U);
}

class Hitless : public LabTest {};

TEST_F(Hitless, ARunningStreamMeetsEachChangeAtTheNextFrame) {
  ok(up(pair));
  ok("set a--b --from a delay=10ms");
  std::vector<LinkState> states{{.delay = milliseconds{10}}};
  NumberedStream stream({netns("a"), "eth0"}, {netns("b"), "eth0"}, 500);
  const auto change = [&](const std::string& option, nanoseconds delay, bool ordered = false) {
    const auto asked = wall_clock();
    ok("set a--b --from a " + option);
    states.push_back({asked, wall_clock(), delay, ordered});
  };
  for (int i = 0; i < 2; ++i) {
    change("delay=210ms", milliseconds{210});
    change("loss=0% loss-correlation=25%", milliseconds{210});
    change("delay=10ms", milliseconds{10});  // frames overtake those before them
    change("rate=500mbit", milliseconds{10}, true);
    change("delay=210ms limit=20000", milliseconds{210}, true);
    change("delay=10ms", milliseconds{10}, true);
    change("rate=none limit=auto jitter=0ms", milliseconds{10});
    change("loss=gemodel:0,100", milliseconds{10});
    change("loss=none delay=410ms", milliseconds{410});
    change("delay=10ms", milliseconds{10});
  }
  stream.stop(milliseconds{700});
  const auto report = examine(stream.sent(), stream.arrived(), states, slack);
  EXPECT_GE(report.sent, 500U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_EQ(report.doubled, 0U);
  EXPECT_EQ(report.unshaped, 0U) << report.first_problem;
  EXPECT_EQ(report.wrong, 0U) << report.first_problem;
  EXPECT_LE(report.held_up, report.sent / 50);
  EXPECT_EQ(states.size(), 21U);
}

}  // namespace
}  // namespace linkfab::test
