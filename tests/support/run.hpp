// Runs one coroutine to its end on an io_context and returns what it returned.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace linkfab::test {

// Throws when it has not ended within `limit`: a test that hangs says so itself.
template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> task,
      std::chrono::milliseconds limit = std::chrono::seconds{20}) {
  std::optional<T> result;
  std::exception_ptr thrown;
  bool done = false;
  boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
    thrown = error;
    if (!error) result.emplace(std::move(value));
    done = true;
  });
  const auto deadline = std::chrono::steady_clock::now() + limit;
  context.restart();
  while (!done && std::chrono::steady_clock::now() < deadline) context.run_one_until(deadline);
  if (!done) throw std::runtime_error("the coroutine did not end in time");
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

// Runs the context until `condition` holds; false when it does not within `limit`.
template <class Condition>
bool run_until(boost::asio::io_context& context, Condition condition,
               std::chrono::milliseconds limit = std::chrono::seconds{10}) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  context.restart();
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    context.run_one_for(std::chrono::milliseconds{20});
    if (context.stopped()) context.restart();
  }
  return true;
}

}  // namespace linkfab::test
