// However a stream is cut into reads, it yields the same messages; and a message written again
// reads the same.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "ovsdb/json_text.hpp"
#include "tests/fuzz/ovsdb_json.hpp"

namespace {

using namespace linkfab::ovsdb;

void drain(JsonStream& stream, std::vector<Json::Value>& messages) {
  while (auto message = first_message(stream)) messages.push_back(std::move(*message));
}

std::vector<Json::Value> messages_in(std::string_view text, std::size_t step) {
  JsonStream stream(4096);
  std::vector<Json::Value> messages;
  for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) {
    stream.feed(text.substr(0, step));
    drain(stream, messages);
  }
  return messages;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = text_of_input(data + 1, size - 1);
  // Far below the limit: how much of a message that is too long is seen at once depends on the
  // reads.
  if (text.size() > 4000) return 0;
  const auto whole = messages_in(text, text.size() + 1);
  if (messages_in(text, std::size_t{data[0]} % 16 + 1) != whole) std::abort();
  for (const Json::Value& message : whole) {
    std::string again;
    if (!append_json(again, message)) continue;
    JsonStream stream;
    stream.feed(again);
    const auto read = first_message(stream);
    if (!read || *read != message) std::abort();
  }
  return 0;
}
