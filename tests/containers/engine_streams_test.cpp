#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "containers/image_reference.hpp"
#include "containers/json_fields.hpp"
#include "containers/json_lines.hpp"
#include "containers/pull_progress.hpp"
#include "containers/stream_frames.hpp"

namespace linkfab::containers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string frame(char stream, const std::string& bytes) {
  const auto length = static_cast<unsigned>(bytes.size());
  std::string header{stream, 0, 0, 0};
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    header += static_cast<char>((length >> shift) & 0xffU);
  }
  return header + bytes;
}

struct Streams {
  std::string output;
  std::string error;
  bool operator==(const Streams&) const = default;
};

// The bytes given to a demultiplexer `step` at a time.
Streams split(const std::string& bytes, std::size_t step, StreamFrames& frames) {
  Streams streams;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view part = std::string_view(bytes).substr(at, step);
    while (!part.empty()) {
      const auto piece = frames.next(part).value();
      (piece.stream == OutputStream::error ? streams.error : streams.output) += piece.bytes;
    }
  }
  return streams;
}

TEST(StreamFrames, OutputAndErrorAreToldApartWhereverTheBytesAreSplit) {
  const std::string bytes =
      frame(1, "one") + frame(2, "oops") + frame(1, "") + frame(1, std::string(300, 'x'));
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    StreamFrames frames;
    EXPECT_EQ(split(bytes, step, frames), (Streams{"one" + std::string(300, 'x'), "oops"})) << step;
    EXPECT_TRUE(frames.complete()) << step;
  }
}

TEST(StreamFrames, AnEndInsideAHeaderOrAFrameIsSeen) {
  const std::string bytes = frame(1, "four");
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    StreamFrames frames;
    split(bytes.substr(0, length), 3, frames);
    EXPECT_FALSE(frames.complete()) << length;
  }
}

TEST(StreamFrames, AFrameOfFourGigabytesIsPassedOnAsItComes) {
  StreamFrames frames;
  const std::string bytes = std::string("\x01\0\0\0\xff\xff\xff\xff", 8) + "start";
  EXPECT_EQ(split(bytes, 64, frames).output, "start");
}

TEST(StreamFrames, BytesThatAreNoFramesAreAnError) {
  StreamFrames frames;
  std::string_view part = "OCI runtime exec failed";
  EXPECT_FALSE(frames.next(part));
}

std::vector<std::string> actions(JsonLines& lines, std::string_view part) {
  std::vector<std::string> seen;
  const auto fed = lines.feed(part, [&](const Json::Value& value) -> Result<void> {
    seen.push_back(text_field(value, "a"));
    return {};
  });
  EXPECT_TRUE(fed) << (fed ? "" : format(fed.error()));
  return seen;
}

TEST(JsonLines, ALineIsReadWhenItsEndHasCome) {
  JsonLines lines;
  EXPECT_THAT(actions(lines, R"({"a":"1"})"), ElementsAre());
  EXPECT_THAT(actions(lines, "\n{\"a\""), ElementsAre("1"));
  EXPECT_THAT(actions(lines, ":\"2\"}\r\n\n{\"a\":\"3\"}\n{"), ElementsAre("2", "3"));
}

TEST(JsonLines, WhatIsNoJsonAndWhatHasNoEndIsAnError) {
  const auto ignore = [](const Json::Value&) -> Result<void> { return {}; };
  EXPECT_FALSE(JsonLines{}.feed("panic: nil\n", ignore));
  const auto endless = JsonLines{10}.feed("[0,1,2,3,4,5,6", ignore);
  ASSERT_FALSE(endless);
  EXPECT_THAT(endless.error().cause, HasSubstr("10 bytes"));
}

std::vector<std::string> progress(std::initializer_list<const char*> messages) {
  PullProgress sum;
  std::vector<std::string> shown;
  for (const char* message : messages) {
    const auto line = sum.update(parse_json(message).value()).value();
    if (line) shown.push_back(*line);
  }
  return shown;
}

TEST(PullProgress, LayersAndBytesAreSummedUpAndALineIsShownWhenItChanges) {
  EXPECT_THAT(
      progress({
          R"({"status":"Pulling from library/frr","id":"10"})",
          R"({"status":"Pulling fs layer","progressDetail":{},"id":"a"})",
          R"({"status":"Already exists","progressDetail":{},"id":"b"})",
          R"({"status":"Pulling fs layer","progressDetail":{},"id":"c"})",
          R"({"status":"Downloading","progressDetail":{"current":1000000,"total":60000000},"id":"a"})",
          R"({"status":"Downloading","progressDetail":{"current":1000100,"total":60000000},"id":"a"})",
          R"({"status":"Downloading","progressDetail":{"current":5000000,"total":30000000},"id":"c"})",
          R"({"status":"Download complete","progressDetail":{},"id":"a"})",
          R"({"status":"Extracting","progressDetail":{"current":32768,"total":60000000},"id":"a"})",
          R"({"status":"Pull complete","progressDetail":{},"id":"a"})",
          R"({"status":"Pull complete","progressDetail":{},"id":"c"})",
          R"({"status":"Digest: sha256:00"})",
      }),
      ElementsAre("layer 1 of 1", "layer 2 of 2", "layer 2 of 3", "layer 2 of 3, 1 MB of 60 MB",
                  "layer 2 of 3, 6 MB of 90 MB", "layer 2 of 3, 65 MB of 90 MB",
                  "layer 3 of 3, 65 MB of 90 MB", "layer 3 of 3, 90 MB of 90 MB"));
}

TEST(PullProgress, AnErrorInsideTheStreamIsThePullsError) {
  PullProgress sum;
  const auto update = sum.update(
      parse_json(R"({"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"})")
          .value());
  ASSERT_FALSE(update);
  EXPECT_EQ(update.error().cause, "unexpected EOF");
}

TEST(ImageReference, TheTagIsAfterTheLastSlashAndLatestWithoutOne) {
  const auto parse = [](const char* text) { return parse_image_reference(text).value(); };
  EXPECT_EQ(parse("frr"), (ImageReference{"frr", "latest"}));
  EXPECT_EQ(parse("frr:10"), (ImageReference{"frr", "10"}));
  EXPECT_EQ(parse("localhost:5000/lab/frr"), (ImageReference{"localhost:5000/lab/frr", "latest"}));
  EXPECT_EQ(parse("localhost:5000/frr:10"), (ImageReference{"localhost:5000/frr", "10"}));
}

TEST(ImageReference, ADigestDecidesAlone) {
  EXPECT_EQ(parse_image_reference("reg:5000/frr:10@sha256:abcd").value(),
            (ImageReference{"reg:5000/frr", "sha256:abcd"}));
}

TEST(ImageReference, AnEmptyPartOrABlankIsInvalid) {
  for (const char* text : {"", ":10", "frr:", "frr@", "@sha256:ab", "frr 10", "frr\n"}) {
    const auto reference = parse_image_reference(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().code, Errc::invalid) << text;
  }
}

}  // namespace
}  // namespace linkfab::containers
