// A bottleneck below a netem, as the kernel takes it and as tc reads it.
#include <fmt/core.h>
#include <gmock/gmock.h>

#include "netem/inner_wire.hpp"
#include "tests/netem/namespaces.hpp"

namespace linkfab::netem::test {
namespace {

using testing::HasSubstr;

class BottleneckBelow : public WithNetem {
 protected:
  static Inner inner(const std::string& rate, const std::string& queue, const std::string& burst) {
    Impairment want;
    value_of(set_option(want, "rate", rate));
    value_of(set_option(want, "queue", queue));
    value_of(set_option(want, "burst", burst));
    value_of(validate(want));
    return value_of(to_inner(want, 1514));
  }

  [[nodiscard]] InnerSeen seen() const {
    InnerSeen held;
    for (const auto& qdisc : value_of(dump_qdiscs(host_->socket())))
      if (qdisc.device == p0_ && !qdisc.root()) (void)follow(held, qdisc);
    value_of(read_inner(host_->socket(), p0_, held));
    return held;
  }

  [[nodiscard]] Result<void> apply(const Inner& wanted) const {
    for (const auto& step : plan_inner(wanted, seen()))
      if (auto done = host_->socket().request(message_of(p0_, step)); !done) return done;
    return {};
  }

  [[nodiscard]] std::string tc(const std::string& what) const {
    const auto inside = EnteredNetns::enter(host_->fd()).value();
    return output_of(fmt::format("tc -j {} show dev p0 2>/dev/null", what).c_str());
  }
};

// Every one from every other, where the kernel has both.
TEST_F(BottleneckBelow, EveryDisciplineIsHeldAsItIsAskedFor) {
  const std::vector<std::string> texts{
      "fifo:limit=50",
      "codel",
      "fq_codel:flows=64",
      "pie:target=20ms",
      "red",
      "sfq",
      "sfq:limit=2,perturb=10s,quantum=3028",
      "sfq:limit=16256",
      "cake",
      "cake:flows=dual-srchost,diffserv=diffserv4,rtt=30ms,ack-filter=yes,memlimit=1mb",
      "cake:flows=flowblind,diffserv=besteffort"};
  std::string lacks;
  for (const auto& from : texts) {
    for (const auto& to : texts) {
      SCOPED_TRACE(from + " -> " + to);
      (void)apply(inner("10mbit", from, "0"));
      const auto wanted = inner("2mbit", to, "32kb");
      if (const auto done = apply(wanted); !done) {
        // The kernel's own words do not say of what kind.
        EXPECT_EQ(done.error().code, Errc::not_found) << linkfab::format(done.error());
        const auto kind = to.substr(0, to.find(':'));
        EXPECT_THAT(done.error().attempt, HasSubstr("set the queue " + kind));
        lacks = kind;
        continue;
      }
      EXPECT_TRUE(plan_inner(wanted, seen()).empty()) << tc("qdisc");
    }
  }
  if (!lacks.empty()) GTEST_SKIP() << "this kernel has no sch_" << lacks;
}

TEST_F(BottleneckBelow, CakeIsWhatTcReads) {
  const auto wanted =
      inner("1mbit", "cake:flows=dual-srchost,diffserv=diffserv4,ack-filter,memlimit=1mb", "0");
  if (const auto done = apply(wanted); !done)
    GTEST_SKIP() << "this kernel has no sch_cake: " << done.error().cause;
  const auto text = tc("qdisc");
  if (text.empty()) GTEST_SKIP() << "there is no tc to ask";
  for (const char* part :
       {R"("bandwidth":"unlimited")", R"("diffserv":"diffserv4")", R"("flowmode":"dual-srchost")",
        R"("ack-filter":"enabled")", R"("rtt":113168)", R"("raw":true)"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST_F(BottleneckBelow, ABucketIsWhatTcReadsAndIsChangedInPlace) {
  value_of(apply(inner("1mbit", "none", "32kb")));
  if (tc("qdisc").empty()) GTEST_SKIP() << "there is no tc to ask";
  const auto inside = EnteredNetns::enter(host_->fd()).value();
  const auto line = [] { return output_of("tc class show dev p0"); };
  EXPECT_THAT(line(), HasSubstr("rate 1Mbit ceil 1Mbit burst 32Kb cburst 32Kb"));
  value_of(apply(inner("1mbit", "none", "100")));
  EXPECT_THAT(line(), HasSubstr("rate 1Mbit ceil 1Mbit burst 100b cburst 100b"));
  value_of(apply(inner("10mbit", "none", "64kb")));
  EXPECT_THAT(line(), HasSubstr("rate 10Mbit ceil 10Mbit burst 64Kb cburst 64Kb"));
  // Somebody else's bucket is seen.
  output_of(
      "tc class change dev p0 parent fab2: classid fab2:1 htb rate 10mbit burst 64kb cburst 1600");
  EXPECT_EQ(seen().bucket, 0U);
  EXPECT_EQ(plan_inner(inner("10mbit", "none", "64kb"), seen()).size(), 1U);
  value_of(apply({}));
  value_of(apply({}));
  EXPECT_EQ(seen().kind, InnerSeen::Kind::none);
}

}  // namespace
}  // namespace linkfab::netem::test
