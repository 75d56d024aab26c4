#include <gmock/gmock.h>

#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::HasSubstr;

std::string project(std::string_view nodes, std::string_view links = "") {
  return fmt::format(R"({{"revision": 9, "topology": {{"nodes": [{}], "links": [{}]}}}})", nodes,
                     links);
}

constexpr std::string_view two =
    R"({"node_id": "1", "node_type": "vpcs", "name": "a"}, {"node_id": "2", "node_type": "vpcs", "name": "b"})";

std::string link(std::string_view more) {
  return fmt::format(R"({{"nodes": [{{"node_id": "1"}}, {{"node_id": "2"}}]{}}})", more);
}

TEST(Gns3, FiltersAreForBothDirections) {
  const auto result = imported(
      Format::gns3,
      project(two,
              link(R"(, "filters": {"delay": [10, 0], "corrupt": [2], "frequency_drop": [-1]})")));
  const auto& made = result.topology.links.at("a:eth0--b:eth0");
  EXPECT_EQ(format(made.a_to_b), "delay=10ms loss=100% corrupt=2%");
  EXPECT_EQ(made.a_to_b, made.b_to_a);
}

TEST(Gns3, AFilterOfZeroIsOff) {
  const auto result = imported(
      Format::gns3,
      project(
          two,
          link(
              R"(, "filters": {"delay": [0, 0], "packet_loss": [0], "frequency_drop": [0], "bpf": [""]})")));
  EXPECT_EQ(result.topology.links.begin()->second.a_to_b, fabric::Impairment{});
}

TEST(Gns3, ASerialLinkIsRefused) {
  const auto result = imported(Format::gns3, project(two, link(R"(, "link_type": "serial")")));
  EXPECT_TRUE(result.topology.links.empty());
  EXPECT_THAT(fate_of(result, "topology.links[0]"), HasSubstr("refused: it is serial"));
}

TEST(Gns3, SaysWhatIsWrongAndWhere) {
  const auto wrong = [](const std::string& text) { return problems(Format::gns3, text); };
  EXPECT_THAT(wrong(R"({"revision": 4})"),
              HasSubstr("x:1:14: revision: a project of GNS3 1.x; open it once"));
  EXPECT_THAT(wrong(project(two, link(R"(, "filters": {"delay": ["soon"]})"))),
              HasSubstr("links[0].filters.delay[0]: 'soon': a number"));
  EXPECT_THAT(wrong(project(two, link(R"(, "filters": {"packet_loss": [101]})"))),
              HasSubstr("between 0 and 100"));
  EXPECT_THAT(wrong(project(two, link(R"(, "filters": {"delay": [1e300]})"))),
              HasSubstr("'1e300'"));
  EXPECT_THAT(wrong(project(two, link("") + "," + link(""))),
              HasSubstr("a:eth0 is joined already"));
  EXPECT_THAT(wrong(project(two, R"({"nodes": [{"node_id": "1"}]})")),
              HasSubstr("a link has two nodes, not 1"));
  EXPECT_THAT(wrong(project(two, R"({"nodes": [{"node_id": "1"}, {"node_id": "9"}]})")),
              HasSubstr("there is no node 9"));
  EXPECT_THAT(
      wrong(project(R"({"node_id": "1", "node_type": "docker", "name": "a", "properties": []})")),
      HasSubstr("needs properties.image"));
  EXPECT_THAT(
      wrong(project(
          R"({"node_id": "1", "node_type": "docker", "name": "a", "properties": {"image": "i", "adapters": 99999}})")),
      HasSubstr("between 0 and 99"));
  EXPECT_THAT(wrong(project(std::string{two} + "," + std::string{two})),
              HasSubstr("node_id 1 is there already"));
  EXPECT_THAT(wrong(R"({"topology": 3})"), HasSubstr("'topology' is missing"));
  EXPECT_THAT(wrong(R"({"topology": {)"), HasSubstr("x:1:"));
}

}  // namespace
}  // namespace linkfab::formats
