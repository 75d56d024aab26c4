// The example files, against the topologies and reports that are kept beside them. With
// LINKFAB_WRITE_GOLDEN set the kept files are written instead.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "core/fd.hpp"
#include "fabric/finding.hpp"
#include "fabric/topology_file.hpp"
#include "formats/import.hpp"

namespace linkfab::formats {
namespace {

namespace fs = std::filesystem;
const fs::path examples = LINKFAB_FORMAT_EXAMPLES;

void expect_kept(const fs::path& path, const std::string& text) {
  if (std::getenv("LINKFAB_WRITE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(path, text));
    return;
  }
  const auto kept = read_file(path);
  ASSERT_TRUE(kept) << format(kept.error());
  EXPECT_EQ(text, *kept) << path;
}

std::string all_of(const Report& report) {
  std::string lines;
  for (const auto& entry : report) lines += format(entry) + "\n";
  return lines;
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, BecomesTheTopologyAndReportThatAreKept) {
  const auto name = GetParam();
  const auto path = examples / name;
  const auto text = read_file(path);
  ASSERT_TRUE(text) << format(text.error());
  const auto format = detect(*text, name);
  ASSERT_TRUE(format);
  const auto beside = [&](const std::string& other) -> std::optional<std::string> {
    auto found = read_file(path.parent_path() / other);
    return found ? std::optional{*std::move(found)} : std::nullopt;
  };
  // Binds become absolute: a place that does not depend on the tree's.
  const auto result = import_topology(*format, *text, "/labs/" + name, beside);
  if (!result)
    for (const auto& finding : result.error()) ADD_FAILURE() << fabric::format(finding);
  ASSERT_TRUE(result);
  expect_kept(path.string() + ".json", write_topology(result->topology));
  expect_kept(path.string() + ".report", all_of(result->report) + summary(result->report) + "\n");
  const auto again = fabric::parse_topology(write_topology(result->topology), "/labs/" + name);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, result->topology);
}

// A cut at any place is an error with a place, or a smaller lab; never a crash.
TEST_P(Example, MayEndAnywhere) {
  const auto text = read_file(examples / GetParam());
  ASSERT_TRUE(text);
  const auto format = detect(*text, GetParam());
  ASSERT_TRUE(format);
  const auto nothing = [](const std::string&) { return std::optional<std::string>{}; };
  for (std::size_t length = 0; length < text->size(); length += 7) {
    const auto result = import_topology(*format, text->substr(0, length), "cut", nothing);
    if (!result) {
      EXPECT_FALSE(result.error().empty()) << length;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Example,
                         testing::Values("triangle.clab.yml", "campus.gns3", "office.imn",
                                         "old-office.imn", "kathara/lab.conf", "wan.xml",
                                         "minimal.mn"));

}  // namespace
}  // namespace linkfab::formats
