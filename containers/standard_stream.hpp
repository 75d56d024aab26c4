// One of this process's standard streams in a coroutine, left as it is for those who share it.
//
// O_NONBLOCK is a flag of the open file, which the parent shell and our other streams share:
// setting it would make their reads and writes fail. So this waits until the stream is ready and
// then does one read, or one write of at most PIPE_BUF bytes, which does not block. What cannot be
// waited for (a regular file, /dev/null) is always ready.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "core/result.hpp"

namespace linkfab::containers {

class StandardStream {
 public:
  // `number` is 0, 1 or 2; a stream that is closed reads as at its end.
  StandardStream(const boost::asio::any_io_executor& executor, int number);

  boost::asio::awaitable<Result<std::size_t>> read(std::span<char> into);  // 0: the end
  // All of it. A reader that has gone away is Errc::unreachable, as long as SIGPIPE is ignored.
  boost::asio::awaitable<Result<void>> write(std::string_view bytes);

 private:
  boost::asio::awaitable<void> ready(boost::asio::posix::descriptor_base::wait_type direction);

  boost::asio::posix::stream_descriptor descriptor_;
  bool pollable_ = true;
};

}  // namespace linkfab::containers
