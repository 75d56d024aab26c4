#include <gmock/gmock.h>

#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string kathara_errors(std::string_view text) {
  return problems(Format::kathara, text);
}

TEST(Kathara, ACollisionDomainOfTwoIsALinkOfMoreAHub) {
  const auto result = imported(Format::kathara, "a[0]=X\nb[0]=X\na[1]=Y\nb[1]=Y\nc[0]=Y\nd[0]=Z\n");
  EXPECT_EQ(result.topology.links.at("X").b, (fabric::Endpoint{"b", "eth0"}));
  EXPECT_EQ(result.topology.segments.at("Y").members.size(), 3U);
  EXPECT_EQ(result.topology.segments.at("Y").kind, fabric::SegmentKind::hub);
  EXPECT_EQ(result.topology.segments.at("Z").members.size(), 1U);
}

TEST(Kathara, StartupFilesConfigureTheirDevice) {
  const auto beside = [](const std::string& name) -> std::optional<std::string> {
    if (name == "a.startup") return "ip addr add 10.0.0.1/24 dev eth0\nrm -rf /\n";
    return std::nullopt;
  };
  const auto result = imported(Format::kathara, "a[0]=X\n", beside);
  EXPECT_THAT(result.topology.nodes.at("a").interfaces.at("eth0").addresses,
              testing::ElementsAre("10.0.0.1/24"));
  EXPECT_TRUE(result.topology.nodes.at("a").command.empty());
  EXPECT_EQ(result.report.back().file, "a.startup");
  EXPECT_EQ(result.report.back().fate, Fate::refused);
}

TEST(Kathara, OnlyFilesOfItsOwnAreAskedFor) {
  std::vector<std::string> asked;
  const auto beside = [&](const std::string& name) -> std::optional<std::string> {
    asked.push_back(name);
    return std::nullopt;
  };
  imported(Format::kathara, "a[0]=X\na[volume]=\"/etc|/etc\"\n", beside);
  EXPECT_THAT(asked, testing::ElementsAre("lab.ext", "lab.dep", "a.startup"));
}

TEST(Kathara, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(kathara_errors("a[0]=X\nb[0]\n"), StartsWith("x:2:1: a line is DEVICE[KEY]=VALUE"));
  for (const auto* line : {"a[0]=\"X", "a[]=X", "[0]=X", "a b[0]=X", "a[0]='X' Y", "a[0]=X\"",
                           "a-b[0]=X", "=", "a]0[=X"})
    EXPECT_THAT(kathara_errors(line), HasSubstr("a line is DEVICE[KEY]=VALUE")) << line;
  EXPECT_THAT(kathara_errors("a[0]=X\na[2]=Y\n"), StartsWith("x:2:1: a.2: interface 1 is missing"));
  EXPECT_THAT(kathara_errors("a[0]=X\na[0]=Y\n"), HasSubstr("interface 0 is there already"));
  EXPECT_THAT(kathara_errors("a[0]=X\na[1]=X\n"), HasSubstr("in collision domain X already"));
  EXPECT_THAT(kathara_errors("a[0]=X/nonsense\n"), HasSubstr("'nonsense'"));
  EXPECT_THAT(kathara_errors("a[99999999999999999999]=X\n"), HasSubstr("between 0 and 9999"));
  EXPECT_THAT(kathara_errors("a[sysctl]=x\n"), HasSubstr("NAME=VALUE"));
}

}  // namespace
}  // namespace linkfab::formats
