#include "ovsdb/json_stream.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include <fmt/format.h>
#include <json/reader.h>

namespace linkfab::ovsdb {
namespace {

constexpr std::size_t usual_room = 64U << 10U;
// RFC 7047 needs about 10 levels. jsoncpp throws at 1000; no message may get there.
constexpr std::size_t most_depth = 64;

std::unexpected<Error> bad_message(std::string cause) {
  return failure(Errc::invalid, "read a JSON-RPC message", std::move(cause));
}

std::unique_ptr<Json::CharReader> make_reader() {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  return std::unique_ptr<Json::CharReader>(builder.newCharReader());
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

JsonStream::JsonStream(std::size_t message_limit) : limit_(message_limit), reader_(make_reader()) {}
JsonStream::~JsonStream() = default;

void JsonStream::Free::operator()(char* memory) const {
  std::free(memory);
}

std::span<char> JsonStream::prepare() {
  if (begin_ == end_) release();
  if (room_ - end_ < usual_room / 2) {
    if (begin_ >= end_ - begin_ && begin_ > 0) {  // Moving costs no more than what was consumed.
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      seen_ -= begin_;
      end_ -= begin_;
      begin_ = 0;
    }
    if (room_ - end_ < usual_room / 2) resize(std::max(usual_room, room_ * 2));
  }
  return std::span(buffer_.get(), room_).subspan(end_);
}

void JsonStream::commit(std::size_t count) {
  end_ += count;
}

void JsonStream::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> room = prepare();
    const std::size_t count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    commit(count);
    bytes.remove_prefix(count);
  }
}

// Nothing is held: start at the front again, and give back what a large message made the buffer
// grow to.
void JsonStream::release() {
  begin_ = seen_ = end_ = 0;
  if (room_ > 4 * usual_room) resize(usual_room);
}

void JsonStream::resize(std::size_t room) {
  auto* memory = static_cast<char*>(std::realloc(buffer_.get(), room));
  if (memory == nullptr) throw std::bad_alloc();
  (void)buffer_.release();
  buffer_.reset(memory);
  room_ = room;
}

bool JsonStream::skip_space() {
  while (begin_ < end_ && is_space(buffer_[begin_])) ++begin_;
  seen_ = begin_;
  return begin_ < end_;
}

// Looks on from seen_ until the message's last brace is behind it.
Result<bool> JsonStream::find_end() {
  for (const char* p = buffer_.get() + seen_; seen_ < end_; ++p) {
    ++seen_;
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (*p == '\\') {
        escaped_ = true;
      } else if (*p == '"') {
        in_string_ = false;
      }
    } else if (*p == '"') {
      in_string_ = true;
    } else if (*p == '{' || *p == '[') {
      if (++depth_ > most_depth)
        return bad_message(fmt::format("it is nested deeper than {}", most_depth));
    } else if (*p == '}' || *p == ']') {
      if (--depth_ == 0) return true;
    }
  }
  return false;
}

Result<std::optional<Json::Value>> JsonStream::next() {
  if (depth_ == 0) {
    if (!skip_space()) return std::nullopt;
    if (buffer_[begin_] != '{')
      return bad_message(fmt::format("it begins with byte {:#04x} instead of a brace",
                                     static_cast<unsigned char>(buffer_[begin_])));
  }
  const Result<bool> complete = find_end();
  if (!complete) return std::unexpected(complete.error());
  if (seen_ - begin_ > limit_)
    return bad_message(fmt::format("it is longer than {} bytes", limit_));
  if (!*complete) return std::nullopt;

  Json::Value message;
  std::string problem;
  const char* text = buffer_.get();
  if (!reader_->parse(text + begin_, text + seen_, &message, &problem)) return bad_message(problem);
  begin_ = seen_;
  return message;
}

}  // namespace linkfab::ovsdb
