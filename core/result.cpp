#include "core/result.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace linkfab {
namespace {

Errc classify(int number) {
  switch (number) {
    case EPERM:
    case EACCES:
      return Errc::denied;
    case ENOENT:
    case ENODEV:
    case ESRCH:
    case ENXIO:
      return Errc::not_found;
    case EEXIST:
    case EBUSY:
    case EADDRINUSE:
      return Errc::exists;
    case EINVAL:
    case ERANGE:
      return Errc::invalid;
    case EOPNOTSUPP:
    case ENOSYS:
    case EAFNOSUPPORT:
      return Errc::unsupported;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case ENOTCONN:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Errc::unreachable;
    case ETIMEDOUT:
      return Errc::timeout;
    default:
      return Errc::failed;
  }
}

}  // namespace

std::string format(const Error& error) {
  if (error.attempt.empty()) return error.cause;
  return error.attempt + ": " + error.cause;
}

Error system_error(std::string attempt, int number) {
  return {classify(number), std::move(attempt), std::generic_category().message(number)};
}

std::unexpected<Error> failure(Errc code, std::string attempt, std::string cause) {
  return std::unexpected(Error{code, std::move(attempt), std::move(cause)});
}

std::unexpected<Error> system_failure(std::string attempt) {
  const int number = errno;
  return std::unexpected(system_error(std::move(attempt), number));
}

}  // namespace linkfab
