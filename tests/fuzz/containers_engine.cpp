// What a container engine answers, in parts of any size: its JSON, its events, a pull's progress,
// the frames of an exec's output. And the reference to an image, which is a user's.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "containers/engine_json.hpp"
#include "containers/image_reference.hpp"
#include "containers/json_lines.hpp"
#include "containers/pull_progress.hpp"
#include "containers/stream_frames.hpp"

namespace {

using namespace linkfab;
using namespace linkfab::containers;

void require(bool condition) {
  if (!condition) std::abort();
}

// A size that the input chooses, of what is left.
std::string_view take_part(std::string_view& text, std::uint8_t size) {
  const auto part = text.substr(0, std::size_t{size} + 1);
  text.remove_prefix(part.size());
  return part;
}

void read_objects(std::string_view text, std::uint8_t size) {
  JsonLines lines(4096);
  PullProgress progress;
  while (!text.empty()) {
    const auto fed = lines.feed(take_part(text, size), [&](const Json::Value& value) {
      (void)container_from_listing(value);
      (void)container_from_inspection(value);
      (void)image_from_json(value);
      (void)event_from_json(value);
      (void)agree_version(value);
      (void)progress.update(value);
      return Result<void>{};
    });
    if (!fed) {
      require(!format(fed.error()).empty());
      return;
    }
  }
}

void read_frames(std::string_view text, std::uint8_t size) {
  StreamFrames frames;
  while (!text.empty()) {
    auto part = take_part(text, size);
    while (!part.empty()) {
      const auto before = part.size();
      const auto piece = frames.next(part);
      if (!piece) return;
      require(piece->bytes.size() <= before && part.size() <= before);
      if (piece->bytes.empty() && part.size() == before) break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  switch (data[0] % 3) {
    case 0:
      read_objects(text, data[1]);
      break;
    case 1:
      read_frames(text, data[1]);
      break;
    default:
      (void)parse_image_reference(text);
      require(message_of(text).size() <= text.size() + 64);
  }
  return 0;
}
