#include "measure/judge_traffic.hpp"

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

namespace linkfab::measure {
namespace {

using netem::Impairment;
using std::chrono::seconds;

struct Judged {
  std::optional<Verdict> verdict;
  std::string reason;
};

Judged judged(const std::string& quality, const Impairment& requested, const Traffic& traffic) {
  const auto findings = judge_traffic(requested, traffic, {});
  const auto found = std::ranges::find(findings, quality, &Finding::quality);
  if (found == findings.end()) return {};
  return {found->verdict, found->reason};
}

Impairment loss(double percent) {
  return {.loss = netem::RandomLoss{.probability = {percent}, .correlation = {}}};
}

Traffic passed(std::uint64_t sent, std::uint64_t left, std::uint64_t dropped,
               std::int64_t waiting = 0) {
  return {.time = seconds{10},
          .sent = sent,
          .left = left,
          .bytes = left * 1000,
          .dropped = dropped,
          .waiting = waiting};
}

TEST(JudgeTraffic, SaysNothingOfSilence) {
  EXPECT_TRUE(judge_traffic(loss(1), passed(0, 0, 0), {}).empty());
}

TEST(JudgeTraffic, MissesFramesThatComeToNoQueue) {
  EXPECT_EQ(judged("path", {}, passed(10000, 10000, 0)).verdict, Verdict::as_requested);
  EXPECT_EQ(judged("path", {}, passed(10000, 9000, 0, 998)).verdict, Verdict::as_requested)
      << "they wait";
  EXPECT_EQ(judged("path", {}, passed(10000, 9000, 0)).verdict, Verdict::differs);
  EXPECT_EQ(judged("path", {}, passed(10000, 0, 0)).reason,
            "what is sent does not come to its queue");
  EXPECT_EQ(judged("path", {}, passed(10000, 9995, 0)).verdict, Verdict::as_requested)
      << "they were on their way from one counter to the other";
}

TEST(JudgeTraffic, KnowsNothingOfThePathOfASegment) {
  auto traffic = passed(10000, 500, 0);
  traffic.alone = false;
  EXPECT_EQ(judged("path", {}, traffic).verdict, std::nullopt);
  EXPECT_EQ(judged("loss", {}, traffic).verdict, Verdict::as_requested);
}

TEST(JudgeTraffic, ComparesDropsWithTheLossThatWasAskedFor) {
  EXPECT_EQ(judged("loss", loss(10), passed(10000, 9010, 990)).verdict, Verdict::as_requested);
  EXPECT_EQ(judged("loss", loss(10), passed(10000, 10000, 0)).verdict, Verdict::differs);
  EXPECT_EQ(judged("loss", loss(10), passed(10000, 8000, 2000)).verdict, Verdict::differs);
  EXPECT_EQ(judged("loss", {}, passed(10000, 9500, 500)).verdict, Verdict::differs);
  EXPECT_EQ(judged("loss", loss(1), passed(50, 50, 0)).verdict, Verdict::undecided);
}

TEST(JudgeTraffic, CannotTellLossFromAFullQueue) {
  auto limited = loss(10);
  limited.limit = 100;
  EXPECT_EQ(judged("loss", limited, passed(10000, 8000, 2000)).verdict, Verdict::undecided);
  EXPECT_EQ(judged("loss", limited, passed(10000, 10000, 0)).verdict, Verdict::differs)
      << "no queue makes a loss smaller";
}

TEST(JudgeTraffic, CountsCopies) {
  const Impairment twice{.duplicate = {10}};
  EXPECT_EQ(judged("duplicate", twice, passed(10000, 11003, 0)).verdict, Verdict::as_requested);
  EXPECT_EQ(judged("duplicate", twice, passed(10000, 10000, 0)).verdict, Verdict::differs);
  EXPECT_EQ(judged("duplicate", twice, passed(10000, 13000, 0)).verdict, Verdict::differs);
  EXPECT_EQ(judged("path", twice, passed(10000, 11003, 0)).verdict, Verdict::as_requested);
  EXPECT_EQ(judged("duplicate", {}, passed(10000, 10000, 0)).verdict, std::nullopt);
}

TEST(JudgeTraffic, ARateIsAnUpperBound) {
  // 10,000 frames of 1,000 bytes in 10 s are 8 Mbit/s.
  const auto at = [](std::uint64_t rate, std::uint64_t burst = 0) {
    return judged("rate", {.rate = {rate}, .burst = {burst}}, passed(10000, 10000, 0));
  };
  EXPECT_EQ(at(8'000'000).verdict, Verdict::as_requested);
  EXPECT_EQ(at(7'000'000).verdict, Verdict::differs);
  EXPECT_EQ(at(7'000'000, 1'250'000).verdict, Verdict::as_requested) << "10 Mbit went at once";
  EXPECT_EQ(at(7'000'000, 125'000).verdict, Verdict::differs);
  EXPECT_EQ(at(20'000'000).verdict, Verdict::undecided);
  EXPECT_EQ(at(20'000'000).reason, "the traffic did not fill it");
}

}  // namespace
}  // namespace linkfab::measure
