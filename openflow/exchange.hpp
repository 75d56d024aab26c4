// Messages sent together, and the answers to them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/backoff.hpp"
#include "core/result.hpp"
#include "openflow/connection.hpp"
#include "openflow/error.hpp"

namespace linkfab::openflow {

// The switch's hello has an xid of its own choice: it counts as the answer to ours.
inline constexpr Xid hello_xid = 1;

// How long an answer may take.
inline constexpr std::chrono::seconds patience{10};

// Holds `count` consecutive xids for as long as it lives.
class Exchange {
 public:
  struct Refusal {
    std::uint32_t index = 0;  // of the message refused
    ErrorCode error;
  };

  Exchange(std::shared_ptr<Connection> connection, std::uint32_t count);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] Xid xid(std::uint32_t index) const { return first_ + index; }

  // Waits for the last part of the answer to the message `index`, or for an error in its place. Not
  // for those before it: most messages are answered only when they are refused. Errors are
  // Errc::unreachable and Errc::timeout.
  boost::asio::awaitable<Result<void>> answered(std::uint32_t index, TimePoint deadline);

  // The first error among the answers so far.
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }
  // What followed the headers of all other answers so far.
  [[nodiscard]] const std::vector<Bytes>& replies() const { return replies_; }

 private:
  friend class Connection;

  void take(const Message& message);
  void wake() { timer_.cancel(); }

  std::shared_ptr<Connection> connection_;
  std::uint32_t count_;
  Xid first_;
  boost::asio::steady_timer timer_;
  std::uint32_t done_ = 0;  // everything before this index needs no more waiting
  std::optional<Refusal> refusal_;
  std::vector<Bytes> replies_;
};

// The errors for a request that came to nothing; `attempt` says what was asked for.
[[nodiscard]] std::unexpected<Error> unanswered(std::string attempt, const Error& error);
[[nodiscard]] std::unexpected<Error> refused(std::string attempt, const ErrorCode& error);

}  // namespace linkfab::openflow
