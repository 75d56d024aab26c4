#include "containers/standard_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace linkfab::containers {

namespace asio = boost::asio;
using asio::awaitable;

StandardStream::StandardStream(const asio::any_io_executor& executor, int number)
    : descriptor_(executor) {
  // A duplicate, because the descriptor is closed with the object.
  const int duplicate = ::fcntl(number, F_DUPFD_CLOEXEC, 3);
  if (duplicate >= 0) descriptor_.assign(duplicate);
}

awaitable<void> StandardStream::ready(asio::posix::descriptor_base::wait_type direction) {
  if (!pollable_) co_return;
  boost::system::error_code error;
  co_await descriptor_.async_wait(direction, asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::operation_not_supported) pollable_ = false;
}

awaitable<Result<std::size_t>> StandardStream::read(std::span<char> into) {
  if (!descriptor_.is_open()) co_return std::size_t{0};
  for (;;) {
    co_await ready(asio::posix::descriptor_base::wait_read);
    const auto count = ::read(descriptor_.native_handle(), into.data(), into.size());
    if (count >= 0) co_return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) co_return system_failure("read standard input");
  }
}

awaitable<Result<void>> StandardStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    co_await ready(asio::posix::descriptor_base::wait_write);
    const std::size_t length = std::min<std::size_t>(bytes.size(), PIPE_BUF);
    const auto count = ::write(descriptor_.native_handle(), bytes.data(), length);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      co_return system_failure("write standard output");
    }
  }
  co_return Result<void>{};
}

}  // namespace linkfab::containers
