// What an operation on the outside world returns: a value, or an Error that says what was tried, on
// what, and why it failed.
//
// Acquiring a resource in a constructor throws std::system_error, a broken invariant throws
// std::logic_error; everything else that can fail returns Result. The text of an Error always reads
// "attempt: cause", with the object named in the attempt and, where there is one, the remedy in the
// cause.
#pragma once

#include <expected>
#include <string>

namespace linkfab {

enum class Errc {
  invalid,      // the input is wrong: repeating it cannot help
  not_found,    // the named object does not exist
  exists,       // the name or the place is taken
  denied,       // not permitted
  refused,      // the peer understood and said no
  unreachable,  // the peer is gone or was never there: it may come back
  timeout,      // no answer in time
  unsupported,  // this kernel, switch or engine cannot do it
  conflict,     // somebody else changed or owns it
  failed,       // anything else: the cause tells
};

struct Error {
  Errc code = Errc::failed;
  std::string attempt;
  std::string cause;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

// "attempt: cause".
[[nodiscard]] std::string format(const Error& error);

// The Error for a failed system call. `number` is an errno value; its class follows from it.
[[nodiscard]] Error system_error(std::string attempt, int number);

// For `return failure(Errc::not_found, "look up link r1--r2", "no such link")`.
[[nodiscard]] std::unexpected<Error> failure(Errc code, std::string attempt, std::string cause);

// For `return system_failure("open /dev/net/tun")` right after the call: reads errno.
[[nodiscard]] std::unexpected<Error> system_failure(std::string attempt);

}  // namespace linkfab
