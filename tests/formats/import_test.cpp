#include "formats/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/source.hpp"
#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::HasSubstr;

TEST(Detect, TellsAFormatByNameAndByContent) {
  EXPECT_EQ(detect("", "a.clab.yml"), Format::containerlab);
  EXPECT_EQ(detect("name: x\ntopology:\n  nodes:\n", "a.yaml"), Format::containerlab);
  EXPECT_EQ(detect("a: 1", "a.yaml"), std::nullopt);
  EXPECT_EQ(detect("", "/labs/x/lab.conf"), Format::kathara);
  EXPECT_EQ(detect("", "a.gns3"), Format::gns3);
  EXPECT_EQ(detect(R"({"project_id": "1", "topology": {}})", "project.json"), Format::gns3);
  EXPECT_EQ(detect("", "a.imn"), Format::imunes);
  EXPECT_EQ(detect("", "a.mn"), Format::miniedit);
  EXPECT_EQ(detect("<?xml version='1.0'?>\n<scenario name='x'>", "a.xml"), Format::core);
  EXPECT_EQ(detect("{}", "a.json"), std::nullopt);
}

TEST(Import, RefusesWhatIsTooLargeForALab) {
  EXPECT_THAT(problems(Format::containerlab, std::string(longest_source + 1, ' ')),
              HasSubstr("larger than 16 MB"));
}

}  // namespace
}  // namespace linkfab::formats
