#include "openflow/change.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "openflow/bundle.hpp"
#include "openflow/exchange.hpp"
#include "openflow/modification.hpp"

namespace linkfab::openflow {

namespace asio = boost::asio;

namespace {

std::string summary(const std::vector<Modification>& modifications) {
  if (modifications.size() == 1) return format(modifications.front());
  return fmt::format("make {} changes of the switch's flows and groups", modifications.size());
}

// `first` is the index in the exchange of the first modification.
std::unexpected<Error> refused(const std::vector<Modification>& modifications, std::uint32_t first,
                               const Exchange::Refusal& refusal) {
  const std::size_t at = std::size_t{refusal.index} - first;
  const bool names_one = refusal.index >= first && at < modifications.size();
  return refused(names_one ? format(modifications[at]) : summary(modifications), refusal.error);
}

std::unexpected<Error> too_long(const Modification& modification, std::size_t length) {
  return failure(Errc::invalid, format(modification),
                 fmt::format("it takes a message of {} bytes, and OpenFlow's longest has {}",
                             length, longest_message));
}

// Opens the bundle, fills it, and asks for a barrier.
Result<Bytes> encode_bundle(const std::vector<Modification>& modifications, BundleId bundle,
                            const Exchange& exchange) {
  Writer out;
  std::uint32_t index = 0;
  encode_bundle_control(out, bundle, BundleControl::open, exchange.xid(index++));
  for (const Modification& modification : modifications) {
    const Xid xid = exchange.xid(index++);
    const auto start = begin_bundle_add(out, bundle, xid);
    encode(out, modification, xid);
    const auto length = out.size() - start;
    if (length > longest_message) return too_long(modification, length);
    end_message(out, start);
  }
  encode_barrier(out, exchange.xid(index));
  return out.take();
}

// What no change at all comes to: even that is not in force on a switch that is gone.
Result<void> unless_closed(const Connection& connection) {
  if (connection.closed()) return std::unexpected(connection.end());
  return {};
}

Bytes encode_ending(BundleId bundle, BundleControl control, Xid xid) {
  Writer out;
  encode_bundle_control(out, bundle, control, xid);
  return out.take();
}

}  // namespace

// A message that the switch refuses to take into the bundle is only missing from it: Open
// vSwitch 3.1 then commits the rest. So the commit is not sent before a barrier has shown that all
// were taken.
asio::awaitable<Result<void>> commit(std::shared_ptr<Connection> connection,
                                     const std::vector<Modification>& modifications) {
  if (modifications.empty()) co_return unless_closed(*connection);
  const auto count = static_cast<std::uint32_t>(modifications.size());
  const std::uint32_t barrier = count + 1;
  const std::uint32_t ending = count + 2;
  Exchange exchange(connection, count + 3);
  const BundleId bundle{exchange.xid(0)};
  auto filled = encode_bundle(modifications, bundle, exchange);
  if (!filled) co_return std::unexpected(filled.error());
  connection->send(std::move(*filled));
  auto answered = co_await exchange.answered(barrier, Clock::now() + patience);
  if (!answered) co_return unanswered(summary(modifications), answered.error());
  if (exchange.refusal()) {
    connection->send(encode_ending(bundle, BundleControl::discard, exchange.xid(ending)));
    co_return refused(modifications, 1, *exchange.refusal());
  }
  connection->send(encode_ending(bundle, BundleControl::commit, exchange.xid(ending)));
  answered = co_await exchange.answered(ending, Clock::now() + patience);
  if (!answered) co_return unanswered(summary(modifications), answered.error());
  if (exchange.refusal()) co_return refused(modifications, 1, *exchange.refusal());
  co_return Result<void>{};
}

asio::awaitable<Result<void>> apply(std::shared_ptr<Connection> connection,
                                    const std::vector<Modification>& modifications) {
  if (modifications.empty()) co_return unless_closed(*connection);
  const auto count = static_cast<std::uint32_t>(modifications.size());
  Exchange exchange(connection, count + 1);
  Writer out;
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto start = out.size();
    encode(out, modifications[index], exchange.xid(index));
    const auto length = out.size() - start;
    if (length > longest_message) co_return too_long(modifications[index], length);
  }
  encode_barrier(out, exchange.xid(count));
  connection->send(out.take());
  const auto answered = co_await exchange.answered(count, Clock::now() + patience);
  if (!answered) co_return unanswered(summary(modifications), answered.error());
  if (exchange.refusal()) co_return refused(modifications, 0, *exchange.refusal());
  co_return Result<void>{};
}

}  // namespace linkfab::openflow
