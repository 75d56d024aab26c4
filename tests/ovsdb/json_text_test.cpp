#include "ovsdb/json_text.hpp"

#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "tests/ovsdb/json.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::HasSubstr;

TEST(JsonText, IsCompact) {
  const std::string text = R"({"a":[1,-2,true,null,"x"],"b":{},"c":[]})";
  EXPECT_EQ(text_of(json_of(text)), text);
}

TEST(JsonText, ARealNeverReadsBackAsAnInteger) {
  for (const double value : {0.0, 1.0, -3.0, 0.1, 1e15, 1e22, 1e300, 5e-324}) {
    const std::string text = text_of(value);
    EXPECT_EQ(json_of(text).type(), Json::realValue) << text;
    EXPECT_EQ(json_of(text).asDouble(), value) << text;
  }
}

TEST(JsonText, IntegersAreExactToSixtyFourBits) {
  EXPECT_EQ(text_of(Json::Int64{std::numeric_limits<std::int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(text_of(Json::UInt64{std::numeric_limits<std::uint64_t>::max()}),
            "18446744073709551615");
}

TEST(JsonText, ControlCharactersAreEscapedAndUtf8IsNot) {
  EXPECT_EQ(text_of("\"\\\n\x1f\x7f gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb1"),
            "\"\\\"\\\\\\u000a\\u001f\x7f gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb1\"");
}

TEST(JsonText, WhatTheServerWouldHangUpOnIsRefused) {
  const std::vector<std::string> wrong{
      "\xff",     "\xc0\x80", "\xe0\x80\x80",        "\xed\xa0\x80", "\xf4\x90\x80\x80",
      "cut \xc3", "\x80",     std::string("a\0b", 3)};
  for (const std::string& bytes : wrong) {
    std::string out;
    const auto done = append_json(out, bytes);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::invalid);
    EXPECT_THAT(done.error().cause, HasSubstr("UTF-8 without zero bytes"));
  }
  std::string out;
  EXPECT_FALSE(append_json(out, Json::Value(std::numeric_limits<double>::infinity())));
  EXPECT_FALSE(append_json(out, Json::Value(std::numeric_limits<double>::quiet_NaN())));
}

TEST(JsonText, AnExcerptIsShortAndEndsAtACharacter) {
  EXPECT_EQ(excerpt("short"), "\"short\"");
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xc3\xbc";
  const std::string text = excerpt(umlauts);
  EXPECT_LE(text.size(), 63U);
  EXPECT_TRUE(append_json(umlauts, text));
}

}  // namespace
}  // namespace linkfab::ovsdb
