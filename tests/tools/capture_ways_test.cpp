#include "tools/cli/capture_ways.hpp"

#include <gmock/gmock.h>

namespace linkfab::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

fabric::NodeView node_of(const std::string& name, std::uint32_t mtu) {
  fabric::InterfaceView interface{.name = "eth0", .device = "lf-" + name};
  interface.wanted.mtu = mtu;
  fabric::NodeView node{.name = name};
  node.interfaces.push_back(std::move(interface));
  return node;
}

fabric::LinkView link_of(const std::string& name, const std::string& kind,
                         const std::vector<std::pair<std::string, std::string>>& ends) {
  fabric::LinkView link{.name = name, .kind = kind, .wanted = "up"};
  for (const auto& [node, toward] : ends)
    link.ends.push_back({.endpoint = fabric::Endpoint{node, "eth0"}, .toward = toward});
  return link;
}

class CaptureWays : public testing::Test {
 protected:
  CaptureWays() {
    for (const auto& [name, mtu] : {std::pair{"a", 1500U}, {"b", 9000U}, {"c", 1500U}})
      lab_.nodes.push_back(node_of(name, mtu));
    lab_.links = {link_of("lan", "hub", {{"a", "loss=1%"}, {"b", ""}, {"c", ""}}),
                  link_of("wire", "link", {{"a", ""}, {"b", "delay=5ms"}})};
  }
  // "NAME at DEVICE", each.
  std::vector<std::string> found(const std::string& link, const CaptureChoice& choice) {
    std::vector<std::string> texts;
    ways_ = *capture_ways(lab_, {link}, choice);
    for (const auto& way : ways_)
      texts.push_back(way.name + (way.outgoing ? " out of " : " into ") + way.device);
    return texts;
  }
  fabric::LabView lab_;
  std::vector<CaptureWay> ways_;
};

TEST_F(CaptureWays, AfterIsOutOfTheReceiversDevice) {
  EXPECT_THAT(found("wire", {}),
              ElementsAre("b:eth0->a:eth0 after out of lf-a", "a:eth0->b:eth0 after out of lf-b"));
  EXPECT_EQ(ways_[0].impairment, "none");
  EXPECT_EQ(ways_[1].impairment, "delay=5ms");
  EXPECT_GT(ways_[0].largest, 9000U) << "b sends these";
  EXPECT_LT(ways_[1].largest, 1600U);
}

TEST_F(CaptureWays, BeforeIsIntoTheSendersDevice) {
  EXPECT_THAT(found("wire", {.before = true, .after = false}),
              ElementsAre("a:eth0->b:eth0 before into lf-a", "b:eth0->a:eth0 before into lf-b"));
  EXPECT_EQ(ways_[0].impairment, "delay=5ms");
}

TEST_F(CaptureWays, FromAndToChooseADirection) {
  const std::vector<std::string> there{"a:eth0->b:eth0 before into lf-a",
                                       "a:eth0->b:eth0 after out of lf-b"};
  EXPECT_EQ(found("wire", {.before = true, .from = "a"}), there);
  EXPECT_EQ(found("wire", {.before = true, .to = "b:eth0"}), there);
  EXPECT_THAT(found("wire", {.before = true, .from = "a", .to = "a"}), IsEmpty());
  EXPECT_FALSE(capture_ways(lab_, {"wire"}, {.from = "c"}));
}

TEST_F(CaptureWays, ASegmentsFramesComeFromAMemberOrGoToOne) {
  EXPECT_THAT(found("lan", {.before = true, .from = "c"}),
              ElementsAre("c:eth0->lan before into lf-c"));
  EXPECT_THAT(found("lan", {.before = true, .to = "a"}),
              ElementsAre("lan->a:eth0 after out of lf-a"));
  EXPECT_EQ(ways_[0].impairment, "loss=1%");
  EXPECT_EQ(found("lan", {.before = true}).size(), 6U);
}

TEST_F(CaptureWays, ACutIsSaidInPlaceOfTheImpairment) {
  lab_.links[1].wanted = "cut";
  found("wire", {});
  EXPECT_EQ(ways_[1].impairment, "cut");
  EXPECT_THAT(found("gone", {}), IsEmpty());
}

}  // namespace
}  // namespace linkfab::cli
