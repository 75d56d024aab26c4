// The lines of the hypervisor protocol: a stream of bytes cut into lines, a line cut into tokens.
//
// The dialect is that of ubridge 0.9.19. Blanks are space and tab; a line ends at LF, and what
// follows a CR or NUL in it is not read. "..." makes one token and keeps blanks; there are no
// escapes, and an empty pair of quotes yields no token at all. # and ! begin a comment, also in the
// middle of a word. A line may be as long as it likes up to `longest_line`: past that its peer is
// not a client, and the line is answered with an error instead of being kept.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace linkfab::ubridge {

using Tokens = std::vector<std::string>;

inline constexpr std::size_t longest_line = 1U << 20U;

// The error's cause is what ubridge calls it: "unexpected quote", "unexpected end of line".
[[nodiscard]] Result<Tokens> tokenize(std::string_view line);

class LineFramer {
 public:
  void append(std::string_view bytes);

  // The next whole line without its LF; none where more bytes are needed. An error, once, for a
  // line that is too long, whose rest is then skipped.
  [[nodiscard]] std::optional<Result<std::string>> next();

 private:
  std::string buffer_;
  std::size_t taken_ = 0;     // what is before this was handed out
  std::size_t searched_ = 0;  // no LF between the two
  bool skipping_ = false;
};

}  // namespace linkfab::ubridge
