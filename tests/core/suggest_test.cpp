#include "core/suggest.hpp"

#include <array>

#include <gtest/gtest.h>

namespace linkfab {
namespace {

constexpr std::array<std::string_view, 5> known{"delay", "jitter", "loss", "rate", "up"};

TEST(EditDistance, CountsLettersAddedLeftOutReplacedAndSwapped) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("delay", "delay"), 0U);
  EXPECT_EQ(edit_distance("delay", ""), 5U);
  EXPECT_EQ(edit_distance("", "delay"), 5U);
  EXPECT_EQ(edit_distance("dealy", "delay"), 1U) << "a swap is one";
  EXPECT_EQ(edit_distance("dela", "delay"), 1U);
  EXPECT_EQ(edit_distance("delaay", "delay"), 1U);
  EXPECT_EQ(edit_distance("delby", "delay"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, IsWithinTwoEdits) {
  EXPECT_EQ(nearest("dealy", known), "delay");
  EXPECT_EQ(nearest("jiter", known), "jitter");
  EXPECT_EQ(nearest("jtr", known), "");
  EXPECT_EQ(nearest("bandwidth", known), "");
}

TEST(Nearest, AShortWordMustBeNearer) {
  EXPECT_EQ(nearest("u", known), "up");
  EXPECT_EQ(nearest("xy", known), "") << "everything of two letters would be two edits away";
}

TEST(DidYouMean, IsPutAfterAMessageOrNothing) {
  EXPECT_EQ(did_you_mean("raet", known), "; did you mean 'rate'?");
  EXPECT_EQ(did_you_mean("bandwidth", known), "");
}

}  // namespace
}  // namespace linkfab
