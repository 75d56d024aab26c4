#include "ubridge/reply.hpp"

#include <utility>

#include <fmt/format.h>

namespace linkfab::ubridge {

Reply done(std::string text) {
  return {.text = std::move(text)};
}

Reply refuse(Code code, std::string text) {
  return {.code = code, .text = std::move(text)};
}

std::string encode(const Reply& reply) {
  std::string out;
  for (const std::string& line : reply.information) out += fmt::format("101 {}\r\n", line);
  out += fmt::format("{}-{}\r\n", static_cast<int>(reply.code), reply.text);
  return out;
}

}  // namespace linkfab::ubridge
