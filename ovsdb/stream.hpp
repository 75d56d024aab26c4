// A byte stream to a server: Unix socket, TCP or TLS.
//
// One read and one write may be under way at a time. close() ends both, and open(), with an error;
// the object must live until their completion, which a shared_ptr in the caller sees to.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "core/result.hpp"
#include "ovsdb/remote.hpp"

namespace linkfab::ovsdb {

class Stream {
 public:
  using Written = std::function<void(boost::system::error_code)>;

  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual boost::asio::awaitable<Result<void>> open() = 0;
  virtual boost::asio::awaitable<Result<std::size_t>> read_some(std::span<char> room) = 0;
  // All of `bytes`, which must stay until `written` is called. Tries at once, so that a small
  // message costs one system call and no turn of the loop.
  virtual void write(std::string_view bytes, Written written) = 0;
  virtual void close() = 0;
};

// For unix: and tcp: remotes; ovsdb/tls.hpp has the one for ssl:.
[[nodiscard]] std::shared_ptr<Stream> make_stream(boost::asio::any_io_executor executor,
                                                  Remote remote);

// Resolves the remote's host and connects. A name (not an address) is looked up by Asio in a thread
// of its own.
[[nodiscard]] boost::asio::awaitable<boost::system::error_code> connect_tcp(
    boost::asio::ip::tcp::socket& socket, boost::asio::ip::tcp::resolver& resolver,
    const Remote& remote);

[[nodiscard]] Error stream_error(std::string attempt, boost::system::error_code code);

}  // namespace linkfab::ovsdb
