#include "ovsdb/tls.hpp"

#include <optional>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "ovsdb/stream.hpp"

namespace linkfab::ovsdb {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// The server's certificate must be signed by the given authority; as everywhere in Open vSwitch the
// name in it is not compared with the host, because that authority is the deployment's own.
Result<void> load(asio::ssl::context& context, const TlsFiles& files) {
  error_code code;
  const auto check = [&](const char* what, const std::string& path) -> Result<void> {
    if (!code) return {};
    return failure(Errc::invalid, std::string("load ") + what + " \"" + path + "\"",
                   code.message());
  };
  context.set_verify_mode(asio::ssl::verify_peer, code);
  context.load_verify_file(files.ca_certificate, code);
  if (auto done = check("CA certificate", files.ca_certificate); !done) return done;
  context.use_certificate_chain_file(files.certificate, code);
  if (auto done = check("certificate", files.certificate); !done) return done;
  context.use_private_key_file(files.private_key, asio::ssl::context::pem, code);
  return check("private key", files.private_key);
}

class TlsStream final : public Stream, public std::enable_shared_from_this<TlsStream> {
 public:
  TlsStream(const asio::any_io_executor& executor, Remote remote, TlsFiles files)
      : context_(asio::ssl::context::tls_client),
        files_(std::move(files)),
        remote_(std::move(remote)),
        resolver_(executor) {
    context_.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  }

  asio::awaitable<Result<void>> open() override;
  asio::awaitable<Result<std::size_t>> read_some(std::span<char> room) override;
  void write(std::string_view bytes, Written written) override;
  // Without the closing handshake: whoever closes has stopped listening.
  void close() override {
    error_code ignored;
    resolver_.cancel();
    if (stream_) stream_->next_layer().close(ignored);
  }

 private:
  asio::ssl::context context_;
  TlsFiles files_;
  Remote remote_;
  tcp::resolver resolver_;
  // Made by open(): it takes the certificates from the context as they are at that time.
  std::optional<asio::ssl::stream<tcp::socket>> stream_;
};

asio::awaitable<Result<void>> TlsStream::open() {
  if (auto loaded = load(context_, files_); !loaded) co_return loaded;
  stream_.emplace(resolver_.get_executor(), context_);
  const std::string attempt = "connect to ssl:" + remote_.host + ":" + remote_.port;
  error_code code = co_await connect_tcp(stream_->next_layer(), resolver_, remote_);
  if (code) co_return std::unexpected(stream_error(attempt, code));
  co_await stream_->async_handshake(asio::ssl::stream_base::client,
                                    asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return std::unexpected(stream_error(attempt, code));
  co_return Result<void>{};
}

asio::awaitable<Result<std::size_t>> TlsStream::read_some(std::span<char> room) {
  error_code code;
  const std::size_t count = co_await stream_->async_read_some(
      asio::buffer(room.data(), room.size()), asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return std::unexpected(stream_error("read from " + remote_.host, code));
  co_return count;
}

void TlsStream::write(std::string_view bytes, Written written) {
  asio::async_write(*stream_, asio::buffer(bytes),
                    [self = shared_from_this(), written = std::move(written)](
                        error_code code, std::size_t) { written(code); });
}

}  // namespace

StreamMaker tls_streams(TlsFiles files) {
  return [files = std::move(files)](const asio::any_io_executor& executor, Remote remote) {
    return std::make_shared<TlsStream>(executor, std::move(remote), files);
  };
}

}  // namespace linkfab::ovsdb
