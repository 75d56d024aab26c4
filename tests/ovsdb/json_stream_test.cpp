#include "ovsdb/json_stream.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/ovsdb/json.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// All messages that can be had now; an error is the last.
std::vector<std::string> drain(JsonStream& stream) {
  std::vector<std::string> messages;
  for (;;) {
    const auto message = stream.next();
    if (!message) {
      messages.push_back(format(message.error()));
      return messages;
    }
    if (!*message) return messages;
    messages.push_back(text_of(**message));
  }
}

TEST(JsonStream, AMessageIsThereWithItsLastByteAndNotBefore) {
  const std::string text = R"({"a":"}\"{\\","b":[{"c":[]}]})";
  JsonStream stream;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      stream.feed(text.substr(i, 1));
      EXPECT_TRUE(drain(stream).empty()) << "after " << text.substr(0, i + 1);
    }
    stream.feed(text.substr(text.size() - 1));
    EXPECT_THAT(drain(stream), ElementsAre(text));
  }
}

TEST(JsonStream, ManyMessagesMayArriveAtOnceWithSpaceBetween) {
  JsonStream stream;
  stream.feed("{\"a\":1}{\"b\":2} \r\n\t {\"c\":3}{\"d\"");
  EXPECT_THAT(drain(stream), ElementsAre(R"({"a":1})", R"({"b":2})", R"({"c":3})"));
  stream.feed(":4}");
  EXPECT_THAT(drain(stream), ElementsAre(R"({"d":4})"));
}

TEST(JsonStream, LargeMessagesPassWhateverTheBuffersSize) {
  JsonStream stream;
  for (const std::size_t size :
       {std::size_t{100}, std::size_t{70000}, std::size_t{5000000}, std::size_t{10}}) {
    const std::string text = R"({"a":")" + std::string(size, 'x') + R"("})";
    stream.feed(text + text);
    const auto messages = drain(stream);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_TRUE(messages[0] == text && messages[1] == text);
  }
}

TEST(JsonStream, ANumberKeepsWhatItWas) {
  JsonStream stream;
  stream.feed(R"({"i":9007199254740993,"r":1.0})");
  const auto message = stream.next();
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((**message)["i"].asInt64(), 9007199254740993);
  EXPECT_EQ((**message)["r"].type(), Json::realValue);
}

TEST(JsonStream, WhatIsNoMessageIsAnError) {
  const std::vector<std::string> wrong{"HTTP/1.1",          "[1]",      "}", "{]", "{\"a\":1,}",
                                       "{\"a\":1,\"a\":2}", "{\"a\" 1}"};
  for (const std::string& text : wrong) {
    JsonStream stream;
    stream.feed(text);
    EXPECT_THAT(drain(stream), ElementsAre(HasSubstr("read a JSON-RPC message: "))) << text;
  }
}

TEST(JsonStream, SizeAndDepthAreBounded) {
  JsonStream small(100);
  small.feed(R"({"a":")" + std::string(100, 'x'));
  EXPECT_THAT(drain(small), ElementsAre(HasSubstr("longer than 100 bytes")));
  JsonStream deep;
  deep.feed("{\"a\":" + std::string(100, '['));
  EXPECT_THAT(drain(deep), ElementsAre(HasSubstr("deeper than 64")));
}

}  // namespace
}  // namespace linkfab::ovsdb
