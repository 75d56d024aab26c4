// Cuts a byte stream into JSON-RPC messages (RFC 7047 §4 has no other framing than JSON itself).
//
// A message ends where its first brace closes; finding that looks at each byte once, however the
// bytes arrive. The size and the depth of a message are bounded. After an error the stream is of no
// more use.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <json/value.h>

#include "core/result.hpp"

namespace Json {
class CharReader;
}

namespace linkfab::ovsdb {

class JsonStream {
 public:
  static constexpr std::size_t default_limit = 512U << 20U;

  explicit JsonStream(std::size_t message_limit = default_limit);
  ~JsonStream();
  JsonStream(const JsonStream&) = delete;
  JsonStream& operator=(const JsonStream&) = delete;

  // Room for at least one byte more; read into it, then commit() what was read.
  [[nodiscard]] std::span<char> prepare();
  void commit(std::size_t count);
  void feed(std::string_view bytes);

  // The next complete message, an object; nothing while its end has not arrived.
  [[nodiscard]] Result<std::optional<Json::Value>> next();

 private:
  [[nodiscard]] Result<bool> find_end();
  [[nodiscard]] bool skip_space();
  void release();
  void resize(std::size_t room);

  struct Free {
    void operator()(char* memory) const;
  };
  // [begin_, end_) holds bytes, [begin_, seen_) has been looked at. From malloc(3): it grows
  // without being copied where there is room behind it, and what is not read yet is not touched.
  std::unique_ptr<char[], Free> buffer_;
  std::size_t room_ = 0;
  std::size_t begin_ = 0;
  std::size_t seen_ = 0;
  std::size_t end_ = 0;
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t limit_;
  std::unique_ptr<Json::CharReader> reader_;
};

}  // namespace linkfab::ovsdb
