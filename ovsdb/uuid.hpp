// A row's identity, in the sixteen bytes that RFC 4122 gives it; or, inside the transaction that
// inserts the row, the name under which later operations refer to it (RFC 7047 §5.1).
//
// Thousands of rows are kept by it, so it owns nothing on the heap: a name is held in the same
// bytes, which bounds its length. Only this side makes names, a server never sends one.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace linkfab::ovsdb {

class Uuid {
 public:
  Uuid() = default;                      // all zeros: stands for no row (RFC 4122 §4.1.7)
  explicit Uuid(std::string_view text);  // throws std::invalid_argument where parse() has none

  // The text form of RFC 4122, 36 characters, in either case.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);
  // A named-uuid: an <id> of RFC 7047 §3.1 of at most 16 characters.
  [[nodiscard]] static std::optional<Uuid> with_name(std::string_view name);

  [[nodiscard]] bool named() const { return named_; }
  [[nodiscard]] std::string text() const;  // lower case; of a named-uuid its name

  // Real ones in the order of their texts, then names in theirs.
  auto operator<=>(const Uuid& other) const = default;

 private:
  static constexpr std::size_t size = 16;
  bool named_ = false;
  std::array<unsigned char, size> bytes_{};  // of a name: its characters, then zeros
};

}  // namespace linkfab::ovsdb
