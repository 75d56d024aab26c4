// What the programs here that talk to databases share: errors end them, and there is one thing to
// do.
#pragma once

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "core/result.hpp"

namespace linkfab::bench {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(format(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Throws what the task throws.
inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> task) {
  std::exception_ptr failed;
  boost::asio::co_spawn(context, std::move(task), [&](const std::exception_ptr& thrown) {
    failed = thrown;
    context.stop();
  });
  context.run();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace linkfab::bench
