#include "measure/judge.hpp"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "tests/measure/simulated_link.hpp"

namespace linkfab::measure {
namespace {

using netem::Impairment;
using std::chrono::milliseconds;
using test::Simulation;

std::string all_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    constexpr const char* verdicts[] = {"as requested", "differs", "undecided"};
    text += finding.quality + ": " + finding.requested + ", " + finding.measured + ", " +
            verdicts[static_cast<int>(finding.verdict)] + ", " + finding.reason + "\n";
  }
  return text;
}

std::optional<Verdict> verdict(const std::vector<Finding>& findings, const std::string& quality) {
  const auto found = std::ranges::find(findings, quality, &Finding::quality);
  return found == findings.end() ? std::nullopt : std::optional(found->verdict);
}

bool any_differs(const std::vector<Finding>& findings) {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.verdict == Verdict::differs; });
}

struct Case {
  std::string quality;
  Impairment requested;
  std::vector<Impairment> wrong;  // none, half, double, that of the other direction…
};

// Other values that a link could have by mistake.
Case change(std::string quality, const std::function<Impairment(double)>& make) {
  return {std::move(quality), make(1), {make(0), make(0.5), make(2)}};
}

std::vector<Case> cases() {
  const auto millis = [](double value) {
    return nanoseconds(static_cast<std::int64_t>(value * 1e6));
  };
  auto list = std::vector<Case>{
      change("delay", [&](double f) { return Impairment{.delay = millis(20 * f)}; }),
      change("delay", [&](double f) { return Impairment{.delay = millis(1 * f)}; }),
      change("jitter",
             [&](double f) { return Impairment{.delay = millis(50), .jitter = millis(5 * f)}; }),
      change("jitter",
             [&](double f) {
               return Impairment{.delay = millis(50),
                                 .jitter = millis(5 * f),
                                 .distribution = f > 0 ? "normal" : ""};
             }),
      change("loss", [](double f) { return Impairment{.loss = netem::RandomLoss{{10 * f}, {}}}; }),
      change("loss",
             [](double f) {
               return Impairment{.loss = netem::GilbertElliottLoss{{10 * f}, {50}, {100}, {0}}};
             }),
      change("duplicate", [](double f) { return Impairment{.duplicate = {10 * f}}; }),
      change("corrupt", [](double f) { return Impairment{.corrupt = {10 * f}}; }),
      change("reorder",
             [&](double f) { return Impairment{.delay = millis(20), .reorder = {25 * f}}; }),
      change("rate",
             [](double f) { return Impairment{.rate = {static_cast<std::uint64_t>(10e6 * f)}}; })};
  const Impairment normal{.delay = millis(50), .jitter = millis(5), .distribution = "normal"};
  auto uniform = normal;
  uniform.distribution = "";
  auto pareto = normal;
  pareto.distribution = "pareto";
  list.push_back({"distribution", normal, {uniform, pareto}});
  list.push_back({"distribution", pareto, {uniform, normal}});
  // What was not asked for.
  list.push_back({"delay", {}, {{.delay = millis(1)}, {.delay = millis(100)}}});
  list.push_back({"loss", {}, {{.loss = netem::RandomLoss{{1}, {}}}}});
  list.push_back({"duplicate", {.delay = millis(5)}, {{.delay = millis(5), .duplicate = {1}}}});
  list.push_back({"corrupt", {.delay = millis(5)}, {{.delay = millis(5), .corrupt = {1}}}});
  list.push_back({"order", {.delay = millis(5)}, {{.delay = millis(5), .reorder = {5}}}});
  list.push_back({"jitter", {.delay = millis(20)}, {{.delay = millis(20), .jitter = millis(5)}}});
  return list;
}

TEST(Judge, WhatIsRightIsAsRequestedAndWhatIsWrongDiffers) {
  for (const auto& [quality, requested, wrong] : cases()) {
    SCOPED_TRACE(quality + " of " + netem::format(requested));
    const auto right = judge(requested, test::simulate({.does = requested}), {});
    EXPECT_FALSE(any_differs(right)) << all_of(right);
    // What was not asked for and is not there is not worth a line.
    const auto seen = verdict(right, quality);
    EXPECT_TRUE(!seen || seen == Verdict::as_requested) << all_of(right);
    for (const auto& does : wrong) {
      const auto found = judge(requested, test::simulate({.does = does, .probes = 5000}), {});
      EXPECT_EQ(verdict(found, quality), Verdict::differs) << "does " << netem::format(does) << "\n"
                                                           << all_of(found);
    }
  }
}

TEST(Judge, NothingBackIsLossOfAll) {
  Record record;
  record.stream = {.frame_size = 128, .sent = std::vector<nanoseconds>(100)};
  const auto found = judge({.delay = milliseconds{5}}, record, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].quality, "loss");
  EXPECT_EQ(found[0].verdict, Verdict::differs);
  EXPECT_EQ(found[0].reason, "no frame arrives");
  const auto wanted = judge({.loss = netem::RandomLoss{{100}, {}}}, record, {});
  EXPECT_EQ(verdict(wanted, "loss"), Verdict::as_requested) << all_of(wanted);
}

TEST(Judge, WithoutFramesThereIsNothingToSay) {
  EXPECT_TRUE(judge({}, {}, {}).empty());
}

// So few frames look the same whether it is right or not.
TEST(Judge, TooFewFramesAreUndecided) {
  const auto with = [](const Impairment& impairment, std::size_t probes) {
    return judge(impairment, test::simulate({.does = impairment, .probes = probes}), {});
  };
  const Impairment lossy{.loss = netem::RandomLoss{{1}, {}}};
  EXPECT_EQ(verdict(with(lossy, 500), "loss"), Verdict::undecided) << all_of(with(lossy, 500));
  EXPECT_EQ(verdict(with(lossy, 2500), "loss"), Verdict::as_requested);
  const Impairment nearly{.loss = netem::RandomLoss{{99.9}, {}}};
  EXPECT_EQ(verdict(with(nearly, 2500), "loss"), Verdict::undecided) << all_of(with(nearly, 2500));
  const Impairment delayed{.delay = milliseconds{20}};
  EXPECT_EQ(verdict(with(delayed, 19), "delay"), Verdict::undecided);
  EXPECT_EQ(verdict(with(delayed, 20), "delay"), Verdict::as_requested);
  const Impairment jittered{.delay = milliseconds{20}, .jitter = milliseconds{5}};
  EXPECT_EQ(verdict(with(jittered, 50), "jitter"), Verdict::undecided);
  EXPECT_EQ(verdict(with(jittered, 50), "distribution"), Verdict::undecided);
  for (const auto& few : {Impairment{.duplicate = {1}}, Impairment{.corrupt = {1}}})
    EXPECT_EQ(verdict(with(few, 500), few.duplicate.value > 0 ? "duplicate" : "corrupt"),
              Verdict::undecided);
  EXPECT_EQ(verdict(judge({.rate = {1'000'000}},
                          test::simulate({.does = {.rate = {1'000'000}}, .train = 2}), {}),
                    "rate"),
            Verdict::undecided);
}

// Ways in which one asks for what nobody can tell.
TEST(Judge, WhatCannotBeToldIsUndecidedAndNotWrong) {
  const std::vector<std::pair<std::string, Impairment>> list{
      {"loss", {.loss = netem::RandomLoss{{1}, {25}}}},
      {"duplicate", {.duplicate = {10}, .duplicate_correlation = {50}}},
      {"corrupt", {.corrupt = {10}, .corrupt_correlation = {50}}},
      {"jitter", {.delay = milliseconds{20}, .jitter = milliseconds{5}, .delay_correlation = {50}}},
      {"jitter", {.delay = milliseconds{20}, .jitter = milliseconds{5}, .rate = {100'000'000}}},
      // A frame that skips a delay of 0 to 40 ms cannot be told from one that does not.
      {"reorder", {.delay = milliseconds{10}, .jitter = milliseconds{30}, .reorder = {25}}},
      {"rate", {.delay = milliseconds{10}, .reorder = {25}, .rate = {10'000'000}}}};
  for (const auto& [quality, impairment] : list) {
    const auto found = judge(impairment, test::simulate({.does = impairment}), {});
    EXPECT_EQ(verdict(found, quality), Verdict::undecided) << all_of(found);
    EXPECT_FALSE(any_differs(found)) << netem::format(impairment) << "\n" << all_of(found);
  }
}

TEST(Judge, AFullQueueIsNotLossThatNobodyAskedFor) {
  const Impairment requested{.delay = milliseconds{100}, .limit = 10};
  const auto found = judge(
      requested,
      test::simulate({.does = {.delay = milliseconds{100}, .loss = netem::RandomLoss{{80}, {}}}}),
      {});
  EXPECT_EQ(verdict(found, "loss"), Verdict::undecided) << all_of(found);
}

TEST(Judge, AFewLostFramesMayBeTheHostsOwn) {
  auto record = test::simulate({.does = {}});
  record.stream.arrivals.resize(record.stream.arrivals.size() - 2);
  EXPECT_EQ(verdict(judge({}, record, {}), "loss"), Verdict::undecided);
  record.stream.arrivals.resize(record.stream.arrivals.size() - 3);
  EXPECT_EQ(verdict(judge({}, record, {}), "loss"), Verdict::differs);
}

TEST(Judge, ABurstIsNoFasterRateAndIsMeasuredItself) {
  const Impairment requested{.rate = {10'000'000}, .burst = {65'536}};
  const auto of = [&](const Impairment& does) {
    return judge(requested, test::simulate({.does = does, .train = 250}), {});
  };
  const auto right = of(requested);
  EXPECT_EQ(verdict(right, "rate"), Verdict::as_requested) << all_of(right);
  EXPECT_EQ(verdict(right, "burst"), Verdict::as_requested) << all_of(right);
  for (const std::uint64_t burst : {1'500U, 32'768U, 131'072U}) {
    const auto wrong = of({.rate = requested.rate, .burst = {burst}});
    EXPECT_EQ(verdict(wrong, "burst"), Verdict::differs) << burst << "\n" << all_of(wrong);
  }
  for (const std::uint64_t rate : {5'000'000U, 20'000'000U}) {
    const auto wrong = of({.rate = {rate}, .burst = requested.burst});
    EXPECT_EQ(verdict(wrong, "rate"), Verdict::differs) << rate << "\n" << all_of(wrong);
  }
}

// It holds 44 frames, or so little that the host's own lateness is as much.
TEST(Judge, ATrainNoLongerThanTheBurstTellsNothing) {
  const Impairment requested{.rate = {10'000'000}, .burst = {65'536}};
  const auto found = judge(requested, test::simulate({.does = requested, .train = 44}), {});
  EXPECT_EQ(verdict(found, "rate"), Verdict::undecided) << all_of(found);
  EXPECT_EQ(verdict(found, "burst"), Verdict::undecided) << all_of(found);
  const Impairment little{.rate = {100'000'000}, .burst = {1'500}};
  EXPECT_EQ(verdict(judge(little, test::simulate({.does = little}), {}), "burst"),
            Verdict::undecided);
}

TEST(Judge, OthersInTheQueueExplainWhatIsTooSlow) {
  const Impairment requested{.rate = {10'000'000}};
  auto record = test::simulate({.does = {.rate = {5'000'000}}});
  EXPECT_EQ(verdict(judge(requested, record, {}), "rate"), Verdict::differs);
  record.stream.others = 1000;
  EXPECT_EQ(verdict(judge(requested, record, {}), "rate"), Verdict::undecided);
}

TEST(Judge, ATrainThatALateHostHeldUpIsNoSlowLink) {
  auto record = test::simulate({.does = {.rate = {7'000'000}}});
  record.stream.late.assign(record.stream.sent.size(), milliseconds{24});
  EXPECT_EQ(verdict(judge({.rate = {10'000'000}}, record, {}), "rate"), Verdict::undecided);
  EXPECT_EQ(verdict(judge({.rate = {5'000'000}}, record, {}), "rate"), Verdict::differs)
      << "no lateness makes a link faster";
  record.stream.late.assign(record.stream.sent.size(), milliseconds{2});
  EXPECT_EQ(verdict(judge({.rate = {10'000'000}}, record, {}), "rate"), Verdict::differs);
}

TEST(Judge, ABusyHostIsNotTakenForJitter) {
  const Impairment requested{.delay = milliseconds{20}};
  auto record = test::simulate({.does = {.delay = milliseconds{20}, .jitter = milliseconds{2}}});
  EXPECT_EQ(verdict(judge(requested, record, {}), "jitter"), Verdict::differs);
  record.stream.late.assign(2500, std::chrono::microseconds{800});
  const auto busy = judge(requested, record, {});
  EXPECT_EQ(verdict(busy, "jitter"), Verdict::undecided) << all_of(busy);
  const Impairment jittered{.delay = milliseconds{20}, .jitter = milliseconds{2}};
  EXPECT_EQ(verdict(judge(jittered, record, {}), "distribution"), Verdict::undecided);
}

TEST(Judge, ALateHostMakesNoDelayRight) {
  auto record = test::simulate({.does = {.delay = milliseconds{30}}});
  EXPECT_EQ(verdict(judge({.delay = milliseconds{20}}, record, {}), "delay"), Verdict::differs);
  record.stream.late.assign(record.stream.sent.size(), milliseconds{12});
  const auto late = judge({.delay = milliseconds{20}}, record, {});
  EXPECT_EQ(verdict(late, "delay"), Verdict::undecided) << all_of(late);
  EXPECT_EQ(verdict(judge({.delay = milliseconds{30}}, record, {}), "delay"),
            Verdict::as_requested);
  EXPECT_EQ(verdict(judge({.delay = milliseconds{40}}, record, {}), "delay"), Verdict::differs)
      << "no lateness brings a frame early";
}

TEST(Judge, EveryFigureHasItsInterval) {
  const auto found =
      judge({.delay = milliseconds{20}}, test::simulate({.does = {.delay = milliseconds{20}}}), {});
  ASSERT_EQ(found.size(), 2U) << all_of(found);
  EXPECT_EQ(found[0].measured, "0% [0%, 0.212%]");
  EXPECT_TRUE(found[1].measured.starts_with("20.01ms [20.01ms, 20.0")) << found[1].measured;
}

}  // namespace
}  // namespace linkfab::measure
