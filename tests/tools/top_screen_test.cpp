#include "tools/cli/top_screen.hpp"

#include <gmock/gmock.h>

namespace linkfab::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr ScreenSize wide{.rows = 12, .columns = 120};

void add(TopData& data, const char* name, double bits, double lost, std::int64_t queued,
         const char* impairment = "") {
  data.directions.push_back(
      {.link = name,
       .kind = "link",
       .state = "up",
       .from = std::string(name) + "-a:eth0",
       .to = std::string(name) + "-b:eth0",
       .impairment = impairment,
       .error = "",
       .counters = {.lost = 0, .queued_frames = queued, .queued_bytes = queued * 100}});
  data.rates.push_back({.received_frames = bits / 1000, .received_bits = bits, .lost = lost});
}

TopData three() {
  TopData data{.title = "lab x", .directions = {}, .rates = {}};
  add(data, "l1", 1'000'000, 0, 9, "delay=10ms");
  add(data, "l2", 3'000'000, 5, 1);
  add(data, "l3", 2'000'000, 7, 0);
  return data;
}

std::vector<std::string> texts(const TopData& data, const TopView& view, ScreenSize size) {
  std::vector<std::string> all;
  for (const auto& line : top_screen(data, view, size)) all.push_back(line.text());
  return all;
}

// The links that are shown, from the top.
std::vector<std::string> links(const TopData& data, const TopView& view, ScreenSize size = wide) {
  std::vector<std::string> names;
  for (const auto& line : texts(data, view, size))
    if (line.size() > 2 && line[0] == 'l' && std::isdigit(line[1]) != 0)
      names.push_back(line.substr(0, line.find(' ')));
  return names;
}

TEST(TopScreen, HasALineADirectionWithItsRates) {
  const auto lines = texts(three(), {.sort = TopSort::name}, wide);
  ASSERT_THAT(lines, SizeIs(wide.rows));
  EXPECT_THAT(lines[0], HasSubstr("lab x - by name - 3 directions"));
  EXPECT_EQ(lines[1], "together 6k frames/s, 6Mbit/s, 12 drops/s, 10 queued");
  EXPECT_EQ(
      lines[2],
      "LINK  STATE  FROM       TO         FRAMES/S  BIT/S  DROPS/S  QUEUED  BYTES  IMPAIRMENT");
  EXPECT_EQ(
      lines[3],
      "l1    up     l1-a:eth0  l1-b:eth0        1k     1M        0       9    900  delay=10ms");
  EXPECT_EQ(lines[4],
            "l2    up     l2-a:eth0  l2-b:eth0        3k     3M        5       1    100  -");
  EXPECT_THAT(lines.back(), HasSubstr("q quit"));
}

TEST(TopScreen, BeforeTheSecondReadThereAreNoRates) {
  auto data = three();
  data.rates.clear();
  EXPECT_THAT(texts(data, {.sort = TopSort::name}, wide)[3],
              HasSubstr("-      -        -       9    900"));
}

TEST(TopScreen, SortsTheMostToTheTopAndTheOtherWayRound) {
  const auto data = three();
  EXPECT_THAT(links(data, {.sort = TopSort::rate}), ElementsAre("l2", "l3", "l1"));
  EXPECT_THAT(links(data, {.sort = TopSort::drops}), ElementsAre("l3", "l2", "l1"));
  EXPECT_THAT(links(data, {.sort = TopSort::backlog}), ElementsAre("l1", "l2", "l3"));
  EXPECT_THAT(links(data, {.sort = TopSort::name}), ElementsAre("l1", "l2", "l3"));
  EXPECT_THAT(links(data, {.sort = TopSort::rate, .reversed = true}),
              ElementsAre("l1", "l3", "l2"));
}

TEST(TopScreen, FiltersByNamesAndImpairmentsWhateverTheCase) {
  const auto data = three();
  EXPECT_THAT(links(data, {.filter = "L2-B"}), ElementsAre("l2"));
  EXPECT_THAT(links(data, {.filter = "DELAY"}), ElementsAre("l1"));
  EXPECT_THAT(links(data, {.filter = "nothing"}), IsEmpty());
  EXPECT_THAT(texts(data, {.filter = "l2"}, wide)[0], HasSubstr("1 of 3 directions"));
  EXPECT_THAT(texts(data, {.filter = "l2"}, wide)[1], HasSubstr("3Mbit/s"));
}

TEST(TopScreen, NothingIsWiderOrHigherThanTheScreen) {
  const auto data = three();
  for (std::size_t rows = 1; rows < 9; ++rows)
    for (const std::size_t columns : {std::size_t{1}, std::size_t{9}, std::size_t{40}}) {
      const auto lines = texts(data, {}, {.rows = rows, .columns = columns});
      EXPECT_THAT(lines, SizeIs(rows));
      for (const auto& line : lines) EXPECT_LE(width(line), columns);
    }
}

TEST(TopScreen, IsWholeWithoutAFootWhereNoSizeIsGiven) {
  const auto lines = texts(three(), {}, {});
  EXPECT_THAT(lines, SizeIs(6));
  EXPECT_THAT(lines.back(), Not(HasSubstr("quit")));
}

TEST(TopScreen, AnErrorTakesTheImpairmentsPlace) {
  auto data = three();
  data.directions[0].error = "its node is gone";
  EXPECT_THAT(texts(data, {.sort = TopSort::name}, wide)[3], HasSubstr("900  its node is gone"));
}

TEST(TopKeys, ScrollWithinWhatThereIs) {
  const auto data = three();
  const ScreenSize small{.rows = 6, .columns = 80};  // two directions
  TopView view{.sort = TopSort::name};
  EXPECT_THAT(links(data, view, small), ElementsAre("l1", "l2"));
  EXPECT_TRUE(press({.key = Key::down}, view, data, small));
  EXPECT_THAT(links(data, view, small), ElementsAre("l2", "l3"));
  EXPECT_TRUE(press({.key = Key::page_down}, view, data, small));
  EXPECT_EQ(view.scrolled, 1U);
  EXPECT_TRUE(press({.key = Key::home}, view, data, small));
  EXPECT_EQ(view.scrolled, 0U);
  EXPECT_TRUE(press({.key = Key::up}, view, data, small));
  EXPECT_EQ(view.scrolled, 0U);
  EXPECT_TRUE(press({.key = Key::end}, view, data, small));
  EXPECT_EQ(view.scrolled, 1U);
  EXPECT_THAT(links(data, view, wide), SizeIs(3)) << "a larger screen shows all again";
}

bool type(TopView& view, const std::string& text) {
  const auto data = three();
  bool stay = true;
  for (const char character : text)
    stay = press({.key = Key::character, .character = character}, view, data, wide);
  return stay;
}

TEST(TopKeys, SortAndQuit) {
  TopView view;
  EXPECT_TRUE(type(view, "d"));
  EXPECT_EQ(view.sort, TopSort::drops);
  EXPECT_TRUE(type(view, "R"));
  EXPECT_TRUE(view.reversed);
  EXPECT_TRUE(type(view, "n"));
  EXPECT_EQ(view, (TopView{.sort = TopSort::name}));
  EXPECT_TRUE(type(view, "x"));
  EXPECT_FALSE(type(view, "q"));
}

TEST(TopKeys, AFilterIsTypedUntilEnter) {
  TopView view;
  EXPECT_TRUE(type(view, "/qn"));
  EXPECT_EQ(view.filter, "qn");
  EXPECT_THAT(texts(three(), view, wide).back(), HasSubstr("filter: qn_"));
  EXPECT_TRUE(press({.key = Key::backspace}, view, three(), wide));
  EXPECT_TRUE(press({.key = Key::enter}, view, three(), wide));
  EXPECT_EQ(view.filter, "q");
  EXPECT_FALSE(view.typing);
  EXPECT_TRUE(press({.key = Key::escape}, view, three(), wide));
  EXPECT_EQ(view.filter, "");
}

TEST(Cut, CountsCharactersNotBytes) {
  EXPECT_EQ(cut("größe", 3), "grö");
  EXPECT_EQ(cut("größe", 9), "größe");
  EXPECT_EQ(cut("größe", 0), "");
}

TEST(ParseSort, NamesWhatThereIs) {
  EXPECT_EQ(*parse_sort("backlog"), TopSort::backlog);
  EXPECT_THAT(format(parse_sort("size").error()), HasSubstr("rate, drops, backlog and name"));
}

}  // namespace
}  // namespace linkfab::cli
