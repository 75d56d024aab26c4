#include "ovsdb/uuid.hpp"

#include <algorithm>
#include <stdexcept>

namespace linkfab::ovsdb {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

bool dash_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

bool may_begin_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

Uuid::Uuid(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed) throw std::invalid_argument("not a UUID: " + std::string(text));
  *this = *parsed;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  constexpr std::size_t length = 36;
  if (text.size() != length) return std::nullopt;
  Uuid uuid;
  std::size_t at = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (dash_before(i) && text[at++] != '-') return std::nullopt;
    const auto high = digit(text[at++]);
    const auto low = digit(text[at++]);
    if (!high || !low) return std::nullopt;
    uuid.bytes_.at(i) = static_cast<unsigned char>(*high << 4 | *low);
  }
  return uuid;
}

std::optional<Uuid> Uuid::with_name(std::string_view name) {
  const auto may_follow = [](char c) { return may_begin_name(c) || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > size || !may_begin_name(name.front()) ||
      !std::ranges::all_of(name, may_follow))
    return std::nullopt;
  Uuid uuid;
  uuid.named_ = true;
  std::ranges::copy(name, uuid.bytes_.begin());
  return uuid;
}

std::string Uuid::text() const {
  if (named_) return {bytes_.begin(), std::ranges::find(bytes_, '\0')};
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    if (dash_before(i)) text.push_back('-');
    text.push_back(digits[bytes_.at(i) >> 4]);
    text.push_back(digits[bytes_.at(i) & 0xfU]);
  }
  return text;
}

}  // namespace linkfab::ovsdb
