#include "ovsdb/uuid.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace linkfab::ovsdb {
namespace {

TEST(Uuid, IsWrittenAsItWasReadInLowerCase) {
  const std::string text = "550e8400-e29b-41d4-a716-446655440000";
  EXPECT_EQ(Uuid(text).text(), text);
  EXPECT_EQ(Uuid("550E8400-E29B-41D4-A716-446655440000"), Uuid(text));
  EXPECT_FALSE(Uuid(text).named());
}

TEST(Uuid, StandsForNoRowUnlessItIsGivenOne) {
  EXPECT_EQ(Uuid().text(), "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(Uuid(), Uuid("00000000-0000-0000-0000-000000000000"));
}

TEST(Uuid, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "row1", "550e8400", "550e8400-e29b-41d4-a716-44665544000",
        "550e8400-e29b-41d4-a716-4466554400000", "550e8400-e29b-41d4-a716-44665544000g",
        "550e8400e29b-41d4--a716-446655440000", "550e8400-e29b-41d4-a716_446655440000"}) {
    EXPECT_EQ(Uuid::parse(text), std::nullopt) << text;
    EXPECT_THROW(Uuid{text}, std::invalid_argument) << text;
  }
}

TEST(Uuid, AreInTheOrderOfTheirTexts) {
  const std::vector<std::string> texts{
      "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001",
      "00000000-0000-0000-8000-000000000000", "7fffffff-0000-0000-0000-000000000000",
      "80000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"};
  EXPECT_TRUE(std::ranges::is_sorted(texts, {}, [](const auto& text) { return Uuid(text); }));
}

TEST(Uuid, ANameIsNoUuid) {
  const auto name = Uuid::with_name("row1");
  ASSERT_TRUE(name);
  EXPECT_TRUE(name->named());
  EXPECT_EQ(name->text(), "row1");
  EXPECT_EQ(Uuid::with_name("row4294967295_ab")->text(), "row4294967295_ab");
  EXPECT_NE(name, Uuid::with_name("row10"));
  // The same sixteen bytes.
  EXPECT_NE(*Uuid::with_name("aaaaaaaaaaaaaaaa"), Uuid("61616161-6161-6161-6161-616161616161"));
}

TEST(Uuid, ANameIsAnIdentifierOfAtMostSixteenCharacters) {
  for (const std::string name : {"", "1row", "row-1", "row 1", "row4294967295_abc"})
    EXPECT_EQ(Uuid::with_name(name), std::nullopt) << name;
  EXPECT_EQ(Uuid::with_name(std::string("row\0", 4)), std::nullopt);
}

}  // namespace
}  // namespace linkfab::ovsdb
