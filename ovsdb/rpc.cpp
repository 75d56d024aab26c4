#include "ovsdb/rpc.hpp"

#include <utility>

#include <fmt/format.h>

#include "ovsdb/json_text.hpp"

namespace linkfab::ovsdb {
namespace {

namespace asio = boost::asio;

// The server's error is an object with "error" and "details", or just a string.
Error server_error(const std::string& method, const Json::Value& json) {
  const bool object = json.isObject();
  const Json::Value& name = object ? json["error"] : json;
  std::string cause = name.isString() ? name.asString() : excerpt(json);
  const Errc code = cause == "unknown database" ? Errc::not_found
                    : cause == "unknown method" ? Errc::unsupported
                                                : Errc::refused;
  if (object && json["details"].isString()) cause += ": " + json["details"].asString();
  return {code, "OVSDB request " + method, std::move(cause)};
}

}  // namespace

Rpc::Rpc(std::shared_ptr<Stream> stream, Events events)
    : stream_(std::move(stream)), events_(std::move(events)) {}

asio::awaitable<Error> Rpc::run() {
  const auto self = shared_from_this();
  if (closed_) co_return reason_;
  const Result<void> opened = co_await stream_->open();
  if (closed_) co_return reason_;
  if (!opened) co_return opened.error();
  open_ = true;
  events_.opened();
  write_queue();
  while (!closed_) {
    const Result<std::size_t> count = co_await stream_->read_some(input_.prepare());
    if (closed_) break;
    if (!count) co_return count.error();
    input_.commit(*count);
    events_.received();
    const Result<void> handled = handle_messages();
    if (!handled) co_return handled.error();
  }
  co_return reason_;
}

std::uint64_t Rpc::request(std::string_view method, std::string_view params, Handler handler) {
  const std::uint64_t id = ++last_id_;
  if (closed_) {
    handler(std::unexpected(reason_));
    return id;
  }
  pending_.emplace(id, Pending{.method = std::string(method), .handler = std::move(handler)});
  send(fmt::format(R"({{"id":{},"method":"{}","params":{}}})", id, method, params));
  return id;
}

void Rpc::close(const Error& reason) {
  if (closed_) return;
  closed_ = true;
  reason_ = reason;
  stream_->close();
  abandon(reason);
}

void Rpc::abandon(const Error& reason) {
  for (auto& [id, pending] : std::exchange(pending_, {}))
    pending.handler(failure(Errc::unreachable, "OVSDB request " + pending.method, format(reason)));
}

void Rpc::send(std::string_view text) {
  queue_ += text;
  write_queue();
}

// What is queued while a write is under way goes out together in the next one.
void Rpc::write_queue() {
  if (!open_ || closed_ || queue_.empty() || !writing_.empty()) return;
  std::swap(queue_, writing_);
  stream_->write(writing_, [self = shared_from_this()](boost::system::error_code code) {
    self->writing_.clear();
    constexpr std::size_t usual = 64U << 10U;
    if (self->writing_.capacity() > usual) self->writing_.shrink_to_fit();
    // A broken connection is also seen, and reported, by the reader; it may have an answer to read
    // first.
    if (!code) self->write_queue();
  });
}

Result<void> Rpc::handle_messages() {
  while (!closed_) {
    Result<std::optional<Json::Value>> message = input_.next();
    if (!message) return std::unexpected(std::move(message.error()));
    if (!*message) break;
    if (auto handled = handle(**message); !handled) return handled;
  }
  return {};
}

Result<void> Rpc::handle(Json::Value& message) {
  if (const Json::Value& method = message["method"]; method.isString()) {
    handle_request(message);
  } else if (message["id"].isUInt64()) {
    handle_reply(message);
  } else {
    return failure(Errc::invalid, "read a JSON-RPC message",
                   "neither a request nor a reply: " + excerpt(message));
  }
  return {};
}

void Rpc::handle_request(const Json::Value& message) {
  const std::string method = message["method"].asString();
  if (message["id"].isNull()) {
    events_.notified(method, message["params"]);
    return;
  }
  // "echo" is the only request that RFC 7047 lets a server make (§4.1.11).
  Json::Value reply(Json::objectValue);
  reply["id"] = message["id"];
  reply["result"] = method == "echo" ? message["params"] : Json::Value();
  reply["error"] = method == "echo" ? Json::Value() : Json::Value("unknown method");
  std::string text;
  if (append_json(text, reply)) send(text);
}

void Rpc::handle_reply(Json::Value& message) {
  const auto found = pending_.find(message["id"].asUInt64());
  if (found == pending_.end()) return;  // The answer to a request given up.
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  const Json::Value& error = message["error"];
  if (error.isNull())
    pending.handler(std::move(message["result"]));
  else
    pending.handler(std::unexpected(server_error(pending.method, error)));
}

}  // namespace linkfab::ovsdb
