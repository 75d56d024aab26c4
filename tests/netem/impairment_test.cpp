#include "netem/impairment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netem/impairment_text.hpp"

namespace linkfab::netem {
namespace {

using namespace std::chrono_literals;
using Options = std::vector<std::pair<std::string, std::string>>;

// An impairment of the given options, each of which must be right.
Impairment impairment(const Options& wanted) {
  Impairment made;
  for (const auto& [key, value] : wanted) {
    const auto done = set_option(made, key, value);
    EXPECT_TRUE(done) << linkfab::format(done.error());
  }
  return made;
}

std::string error_of(std::string_view key, std::string_view value) {
  Impairment made;
  const auto done = set_option(made, key, value);
  return done ? "none" : linkfab::format(done.error());
}

std::string rule_broken(const Options& wanted) {
  const auto good = validate(impairment(wanted));
  return good ? "none" : linkfab::format(good.error());
}

TEST(Impairment, TheDefaultChangesNothingAndPrintsNothing) {
  EXPECT_TRUE(Impairment{}.idle());
  EXPECT_TRUE(validate(Impairment{}));
  EXPECT_EQ(format(Impairment{}), "");
  EXPECT_FALSE(needs_single_frames(Impairment{}));
}

TEST(Impairment, EveryOptionIsReadPrintedAndReadAgain) {
  const std::vector<std::pair<std::string, std::string>> each{
      {"delay", "20ms"},
      {"jitter", "2ms"},
      {"delay-correlation", "25%"},
      {"distribution", "pareto"},
      {"distribution-table", "-32768,0,32767"},
      {"loss", "1%"},
      {"loss-correlation", "10%"},
      {"ecn", "yes"},
      {"duplicate", "0.5%"},
      {"duplicate-correlation", "5%"},
      {"corrupt", "0.1%"},
      {"corrupt-correlation", "6%"},
      {"reorder", "25%"},
      {"reorder-correlation", "50%"},
      {"gap", "5"},
      {"rate", "10mbit"},
      {"packet-overhead", "-4"},
      {"cell-size", "48"},
      {"cell-overhead", "5"},
      {"slot", "1ms,2ms,packets=3,bytes=1500"},
      {"queue", "fq_codel:target=2ms,ecn=no"},
      {"burst", "32kb"},
      {"drop-every", "100"},
      {"limit", "100"},
      {"seed", "18446744073709551615"}};
  const auto all = impairment(each);
  EXPECT_EQ(options(all), each);
  EXPECT_EQ(impairment(options(all)), all);
  // Nothing that has a key is missing above; "overhead" is the other name of "packet-overhead".
  EXPECT_EQ(option_names().size(), each.size() + 1);
  for (const OptionName& name : option_names()) {
    const auto cleared = [&] {
      auto copy = all;
      EXPECT_TRUE(set_option(copy, name.key, "none"));
      return copy;
    }();
    EXPECT_NE(cleared, all) << name.key;
  }
}

TEST(Impairment, OneLineShowsIt) {
  EXPECT_EQ(
      format(impairment({{"loss", "1%"}, {"jitter", "2ms"}, {"delay", "20ms"}, {"overhead", "8"}})),
      "delay=20ms jitter=2ms loss=1% packet-overhead=8");
}

TEST(Impairment, AllFormsOfLossAreReadBackAsTheSameValue) {
  const auto loss = [](const std::string& text) { return impairment({{"loss", text}}).loss; };
  EXPECT_EQ(loss("state:1%"), (Loss{StateLoss{.p13 = {1}, .p32 = {}, .p14 = {}}}));
  EXPECT_EQ(loss("state:1,80,20,50,2"), (Loss{StateLoss{{1}, {80}, {20}, {50}, {2}}}));
  EXPECT_EQ(loss("gemodel:1%,10%,70%,0.1%"), (Loss{GilbertElliottLoss{{1}, {10}, {70}, {0.1}}}));
  for (const char* text : {"1%", "state:1%", "state:1%,80%,20%,50%,2%", "state:0%,100%,0%,100%,3%",
                           "gemodel:1%", "gemodel:0%", "gemodel:1%,100%,70%"})
    EXPECT_EQ(format_loss(loss(text)), text);
}

TEST(Impairment, AllFormsOfSlotAreReadBackAsTheSameValue) {
  EXPECT_EQ(*impairment({{"slot", "10ms"}}).slot,
            (Slot{.min_delay = 10ms, .max_delay = 10ms, .distribution = {}}));
  for (const char* text : {"10ms", "10ms,20ms", "10ms,packets=5", "800us,1ms,packets=5,bytes=9000",
                           "normal:10ms,1ms", "pareto:10ms,1ms,bytes=64"})
    EXPECT_EQ(format_slot(*impairment({{"slot", text}}).slot), text);
  EXPECT_EQ(*parse_slot(format_slot(Slot{})), Slot{});
  Impairment empty;
  empty.slot = Slot{};
  EXPECT_EQ(impairment(options(empty)), empty);
}

TEST(Impairment, ASeedOfZeroIsASeedAndATableOfZeroIsATable) {
  EXPECT_EQ(impairment({{"seed", "0"}}).seed, 0U);
  EXPECT_EQ(impairment({{"seed", "5"}, {"seed", "none"}}), Impairment{});
  EXPECT_EQ(impairment({{"distribution-table", "0"}}).table, DistributionTable{0});
}

TEST(Impairment, ZeroAndNoneClear) {
  EXPECT_EQ(impairment({{"delay", "20ms"},
                        {"delay", "0"},
                        {"loss", "gemodel:1%"},
                        {"loss", "none"},
                        {"distribution", "normal"},
                        {"distribution", "uniform"},
                        {"slot", "1ms"},
                        {"slot", "0"},
                        {"limit", "9"},
                        {"limit", "auto"},
                        {"ecn", "1"},
                        {"ecn", "none"}}),
            Impairment{});
}

TEST(Impairment, ANewLossKeepsTheCorrelation) {
  EXPECT_EQ(format(impairment({{"loss", "1%"}, {"loss-correlation", "25%"}, {"loss", "2%"}})),
            "loss=2% loss-correlation=25%");
}

TEST(Impairment, WrongValuesSayWhatIsRight) {
  EXPECT_EQ(error_of("delay", "20"), "set delay=20: a time needs a unit: 20ms?");
  EXPECT_EQ(error_of("delay", "-1ms"), "set delay=-1ms: a time cannot be negative");
  EXPECT_EQ(error_of("loss", "101%"),
            "set loss=101%: a loss is a percentage such as 1%, or gemodel:P,R,1-H,1-K, or "
            "state:P13,P31,P32,P23,P14");
  EXPECT_EQ(error_of("loss", "state:1,2,3,4,5,6"),
            "set loss=state:1,2,3,4,5,6: 6 numbers are too many; at most 5");
  EXPECT_EQ(error_of("loss", "gemodel:x"),
            "set loss=gemodel:x: 'x': not a percentage; write for example 0.5%");
  EXPECT_EQ(
      error_of("rate", "fast"),
      "set rate=fast: not a rate; write for example 10mbit (units: bit, kbit, mbit, gbit, tbit)");
  EXPECT_EQ(error_of("distribution", "parto"),
            "set distribution=parto: it is none of uniform, normal, pareto, paretonormal, table; "
            "did you mean "
            "'pareto'?");
  EXPECT_EQ(error_of("slot", "normal:1ms"),
            "set slot=normal:1ms: a slot with a distribution has two times: DELAY,JITTER");
  EXPECT_EQ(error_of("slot", "1ms,frames=2"),
            "set slot=1ms,frames=2: 'frames=2': a slot is bounded by packets=N and bytes=N");
  EXPECT_EQ(error_of("limit", "0"),
            "set limit=0: a queue of 0 frames drops all; write auto or a number");
  EXPECT_EQ(error_of("seed", "-1"),
            "set seed=-1: a seed is a whole number from 0 to 18446744073709551615, or none");
  EXPECT_EQ(error_of("packet-overhead", "-15"),
            "set packet-overhead=-15: must be between -14 and 65535");
  EXPECT_EQ(error_of("ecn", "maybe"), "set ecn=maybe: must be yes or no");
}

TEST(Impairment, AnUnknownKeyNamesTheNearest) {
  EXPECT_EQ(error_of("dealy", "20ms"),
            "set dealy=20ms: unknown key 'dealy'; did you mean 'delay'?");
  EXPECT_EQ(error_of("bandwidth", "1"), "set bandwidth=1: unknown key 'bandwidth'");
}

TEST(Impairment, AModelTakesNoCorrelation) {
  auto model = impairment({{"loss", "gemodel:1%"}});
  const auto done = set_option(model, "loss-correlation", "5%");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().cause, "a loss model has no correlation; set loss to a percentage first");
  EXPECT_TRUE(set_option(model, "loss-correlation", "0"));
}

TEST(Impairment, WhatTheKernelWouldIgnoreIsRefusedWithTheRemedy) {
  EXPECT_EQ(rule_broken({{"reorder", "25%"}}),
            "use reorder=25%: reordered frames skip the delay and there is none; set delay too, "
            "for example "
            "delay=10ms");
  EXPECT_EQ(
      rule_broken({{"delay", "1ms"}, {"gap", "5"}}),
      "use gap=5: it counts between reordered frames; set reorder too, for example reorder=100%");
  EXPECT_EQ(rule_broken({{"delay", "1ms"}, {"distribution", "normal"}}),
            "use distribution=normal: it shapes the jitter and there is none; set jitter too, for "
            "example "
            "jitter=2ms");
  EXPECT_EQ(rule_broken({{"jitter", "1ms"}, {"distribution", "table"}}),
            "use distribution=table: the table is missing; give it as distribution-table");
  EXPECT_EQ(rule_broken({{"distribution-table", "1,2"}}),
            "use distribution-table: it takes effect with distribution=table only; set that too");
  EXPECT_EQ(rule_broken({{"jitter", "3s"}}),
            "use jitter=3s: 2147ms is the most that the kernel draws");
  EXPECT_EQ(
      rule_broken({{"ecn", "yes"}}),
      "use ecn=yes: it marks packets instead of losing them; set loss too, for example loss=1%");
  EXPECT_EQ(rule_broken({{"rate", "7bit"}}), "use rate=7bit: 8bit is the least; 0 is no limit");
  EXPECT_EQ(
      rule_broken({{"overhead", "4"}}),
      "use packet-overhead=4: it counts for the rate and there is none; set rate too, for example "
      "rate=10mbit");
  EXPECT_EQ(
      rule_broken({{"rate", "1mbit"}, {"cell-overhead", "5"}}),
      "use cell-overhead=5: it is added to each cell; set cell-size too, for example cell-size=48");
  EXPECT_EQ(rule_broken({{"rate", "1mbit"}, {"cell-size", "4"}, {"cell-overhead", "-4"}}),
            "use cell-overhead=-4: it leaves nothing of a cell");
  EXPECT_EQ(rule_broken({{"slot", "2ms,1ms"}}),
            "use slot=2ms,1ms: the least time comes first and the most second");
  EXPECT_EQ(rule_broken({{"slot", "normal:2ms,0"}}),
            "use slot=normal: the jitter of a slot is between 1ns and 2147ms");
}

TEST(Impairment, ABurstIsRefusedWhereTheKernelCannotHoldIt) {
  EXPECT_EQ(rule_broken({{"rate", "1mbit"}, {"burst", "32kb"}}), "none");
  EXPECT_EQ(rule_broken({{"rate", "1mbit"}, {"burst", "1"}, {"queue", "codel"}}), "none");
  EXPECT_EQ(rule_broken({{"burst", "32kb"}}),
            "use burst=32kb: frames wait for a rate and there is none; set rate too, e.g. "
            "rate=10mbit");
  EXPECT_EQ(rule_broken({{"rate", "1mbit"}, {"burst", "32kb"}, {"drop-every", "5"}}),
            "use burst=32kb: the kernel can keep only one of them behind netem; burst excludes "
            "classes and drop-every");
  for (const auto& option : Options{{"cell-size", "48"}, {"packet-overhead", "-4"}})
    EXPECT_EQ(rule_broken({{"rate", "1mbit"}, {"burst", "32kb"}, option}),
              "use burst=32kb: the kernel counts neither a negative overhead nor cells there; "
              "leave them out, or burst");
  EXPECT_EQ(rule_broken({{"rate", "1mbit"}, {"burst", "7500000"}}), "none");
  EXPECT_EQ(rule_broken({{"rate", "1mbit"}, {"burst", "7500060"}}),
            "use burst=7500060b: the kernel fills a bucket for 60 s at most; 7500000b is the most "
            "at 1mbit");
  EXPECT_EQ(rule_broken({{"rate", "9200000tbit"}, {"burst", "8589934591gb"}}), "none");
}

TEST(Impairment, ProbabilitiesThatLeaveOneStateSumUpToNoMoreThanAll) {
  EXPECT_EQ(rule_broken({{"loss", "state:60,50,50,100,41"}}),
            "use loss=state: p13 and p14 leave the same state; together at most 100%");
  EXPECT_EQ(rule_broken({{"loss", "state:60,100,1"}}),
            "use loss=state: p31 and p32 leave the same state; together at most 100% (p31 is 100% "
            "where not "
            "given)");
  EXPECT_EQ(rule_broken({{"loss", "state:33.3,33.4,66.6,100,66.7"}}), "none");
}

TEST(Impairment, AnythingAFrameCanNoticeIsNotIdle) {
  for (const char* option :
       {"delay=1ms", "jitter=1ms", "loss=1%", "loss=state:1%", "loss=gemodel:1%",
        "loss=gemodel:0,100,100,1", "duplicate=1%", "corrupt=1%", "rate=1mbit", "slot=1ms"}) {
    const std::string text = option;
    const auto equals = text.find('=');
    EXPECT_FALSE(impairment({{text.substr(0, equals), text.substr(equals + 1)}}).idle()) << option;
  }
  EXPECT_TRUE(
      impairment({{"limit", "10"}, {"seed", "1"}, {"loss", "gemodel:0%"}, {"ecn", "yes"}}).idle());
  EXPECT_TRUE(impairment({{"loss", "gemodel:5%,100%,0%"}}).idle());
}

TEST(Impairment, OnlyWhatActsOnSingleFramesSplitsSuperFrames) {
  EXPECT_FALSE(
      needs_single_frames(impairment({{"delay", "1ms"}, {"jitter", "1ms"}, {"seed", "1"}})));
  for (const auto& option : Options{{"loss", "1%"},
                                    {"duplicate", "1%"},
                                    {"corrupt", "1%"},
                                    {"reorder", "1%"},
                                    {"rate", "1mbit"},
                                    {"slot", "1ms"},
                                    {"limit", "5"}})
    EXPECT_TRUE(needs_single_frames(impairment({option}))) << option.first;
}

}  // namespace
}  // namespace linkfab::netem
