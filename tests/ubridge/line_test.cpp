#include "ubridge/line.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Line, BlanksSeparateTokensAndQuotesKeepThem) {
  const struct {
    std::string line;
    Tokens tokens;
  } table[]{
      {"", {}},
      {" \t ", {}},
      {"hypervisor version", {"hypervisor", "version"}},
      {" \thypervisor \t version ", {"hypervisor", "version"}},
      {"a \"b c\" d", {"a", "b c", "d"}},
      {"\"hypervisor\"version", {"hypervisor", "version"}},
      {"\"a\"\"b\"", {"a", "b"}},
      {R"(it's "back\slash")", {"it's", "back\\slash"}},
      {"a \"\" b", {"a", "b"}},
      {"\"\"", {}},
      {"\"\"b", {"b"}},
      {"a#b", {"a"}},
      {"a!b c", {"a"}},
      {"# all", {}},
      {"a \"b#c!d\" # e", {"a", "b#c!d"}},
      {"a \"b\"#c", {"a", "b"}},
      {"a b\r", {"a", "b"}},
      {"a b\rc", {"a", "b"}},
      {std::string("a b\0c", 5), {"a", "b"}},
  };
  for (const auto& [line, tokens] : table) {
    const auto result = tokenize(line);
    ASSERT_TRUE(result) << line;
    EXPECT_EQ(*result, tokens) << line;
  }
}

TEST(Line, MisplacedQuotesAreErrors) {
  for (const std::string line : {"hypervisor ver\"sion", "a\"\"b", "a\"b\"", "\"a\"b\"c\""})
    EXPECT_EQ(format(tokenize(line).error()), "Parse error: unexpected quote") << line;
  for (const std::string line : {"hypervisor \"version", "\"", "\"a\rb\""})
    EXPECT_EQ(format(tokenize(line).error()), "Parse error: unexpected end of line") << line;
}

TEST(Line, ALineOf600CharactersAndAThousandTokensAreOrdinary) {
  const std::string name(600, 'n');
  EXPECT_THAT(*tokenize("bridge create " + name), ElementsAre("bridge", "create", name));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a ";
  EXPECT_EQ(tokenize(many)->size(), 1000U);
}

std::vector<std::string> all(LineFramer& framer) {
  std::vector<std::string> lines;
  while (const auto line = framer.next()) lines.push_back(*line ? **line : format(line->error()));
  return lines;
}

TEST(Line, AStreamIsCutAtLineFeedsHoweverItArrives) {
  LineFramer framer;
  framer.append("one\r\ntwo\nth");
  EXPECT_THAT(all(framer), ElementsAre("one\r", "two"));
  framer.append("ree");
  EXPECT_THAT(all(framer), IsEmpty());
  framer.append("\n\n");
  EXPECT_THAT(all(framer), ElementsAre("three", ""));
  for (const char byte : std::string("a b\nc\n")) {
    framer.append({&byte, 1});
    for (const auto& line : all(framer)) EXPECT_TRUE(line == "a b" || line == "c");
  }
}

TEST(Line, ACarriageReturnAloneWaitsForTheLineFeed) {
  LineFramer framer;
  framer.append("hypervisor version\r");
  EXPECT_THAT(all(framer), IsEmpty());
  framer.append("\n");
  EXPECT_THAT(all(framer), ElementsAre("hypervisor version\r"));
}

TEST(Line, ALineWithoutEndIsAnsweredOnceAndSkipped) {
  LineFramer framer;
  framer.append(std::string(longest_line, 'x'));
  EXPECT_THAT(all(framer), IsEmpty());
  framer.append("x");
  EXPECT_THAT(all(framer), ElementsAre("Parse error: line too long"));
  framer.append(std::string(longest_line, 'x'));
  EXPECT_THAT(all(framer), IsEmpty());
  framer.append("x\nnext\n");
  EXPECT_THAT(all(framer), ElementsAre("next"));
  framer.append(std::string(longest_line + 1, 'x') + "\nlast\n");
  EXPECT_THAT(all(framer), ElementsAre("Parse error: line too long", "last"));
}

TEST(Number, GarbageIsZeroAndTooMuchIsTheMost) {
  EXPECT_EQ(lenient_number("20000"), 20000);
  EXPECT_EQ(lenient_number(" -1"), -1);
  EXPECT_EQ(lenient_number("+7x"), 7);
  EXPECT_EQ(lenient_number(""), 0);
  EXPECT_EQ(lenient_number("abc"), 0);
  EXPECT_EQ(lenient_number("-"), 0);
  EXPECT_EQ(lenient_number("99999999999999999999"), 2147483647);
  EXPECT_EQ(lenient_number("-99999999999999999999"), -2147483647 - 1);
}

}  // namespace
}  // namespace linkfab::ubridge
