#include "formats/report.hpp"

#include <gtest/gtest.h>

namespace linkfab::formats {
namespace {

const Report report{
    {Fate::mapped, "a.yml", 1, 1, "name", "", ""},
    {Fate::refused, "a.yml", 2, 3, "nodes.r1.ports", "no port is published", "use a gateway"},
    {Fate::approximated, "a.yml", 3, 3, "nodes.r1.x", "drawn anew", ""},
    {Fate::refused, "a.yml", 9, 3, "nodes.r2.ports", "no port is published", "use a gateway"},
};

TEST(Report, SaysPlaceFateCauseAndAdvice) {
  EXPECT_EQ(format(report[1]),
            "a.yml:2:3: nodes.r1.ports: refused: no port is published; use a gateway");
}

TEST(Report, TellsTheSameLossOfSeveralElementsOnce) {
  EXPECT_EQ(losses(report),
            "a.yml:2:3: nodes.r1.ports: refused: no port is published; use a gateway (and 1 more)\n"
            "a.yml:3:3: nodes.r1.x: approximated: drawn anew\n");
}

TEST(Report, CountsFates) {
  EXPECT_EQ(summary(report), "1 mapped, 1 approximated, 2 refused");
}

}  // namespace
}  // namespace linkfab::formats
