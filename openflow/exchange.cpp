#include "openflow/exchange.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "openflow/multipart.hpp"

namespace linkfab::openflow {

namespace asio = boost::asio;

Exchange::Exchange(std::shared_ptr<Connection> connection, std::uint32_t count)
    : connection_(std::move(connection)),
      count_(count),
      first_(connection_->take_xids(count)),
      timer_(connection_->executor()) {
  connection_->exchanges_.emplace(first_, this);
}

Exchange::~Exchange() {
  connection_->exchanges_.erase(first_);
}

asio::awaitable<Result<void>> Exchange::answered(std::uint32_t index, TimePoint deadline) {
  timer_.expires_at(deadline);
  while (done_ <= index && !connection_->closed() && Clock::now() < deadline) {
    boost::system::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  if (done_ > index) co_return Result<void>{};
  if (connection_->closed()) co_return std::unexpected(connection_->end());
  co_return failure(Errc::timeout, "wait for the switch at " + connection_->path(),
                    "it did not answer in time");
}

void Exchange::take(const Message& message) {
  const Xid xid = message.type == Type::hello ? hello_xid : message.xid;
  const std::uint32_t index = xid - first_;
  if (message.type == Type::error) {
    if (!refusal_) refusal_ = Refusal{index, decode_error(message.body)};
  } else {
    replies_.emplace_back(message.body.begin(), message.body.end());
    if (message.type == Type::multipart_reply && more_follow(message.body)) return;
  }
  done_ = std::max(done_, index + 1);
  wake();
}

std::unexpected<Error> unanswered(std::string attempt, const Error& error) {
  return failure(error.code, std::move(attempt), format(error));
}

std::unexpected<Error> refused(std::string attempt, const ErrorCode& error) {
  return failure(Errc::refused, std::move(attempt), "the switch answered " + format(error));
}

}  // namespace linkfab::openflow
