#include "ubridge/carrier/readiness.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

namespace linkfab::ubridge {

namespace asio = boost::asio;

struct Readiness::Watch : std::enable_shared_from_this<Watch> {
  Watch(const asio::any_io_executor& executor, int number, std::function<bool()> function)
      : descriptor(executor, number), on_ready(std::move(function)) {}

  void wait() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                          [self = shared_from_this()](boost::system::error_code error) {
                            if (error || self->ended || !self->on_ready()) return;
                            if (!self->ended) self->wait();
                          });
  }

  asio::posix::stream_descriptor descriptor;
  std::function<bool()> on_ready;
  bool ended = false;
};

Readiness::Readiness(asio::any_io_executor executor, int descriptor, std::function<bool()> on_ready)
    : watch_(std::make_shared<Watch>(executor, descriptor, std::move(on_ready))) {
  watch_->wait();
}

Readiness::~Readiness() {
  watch_->ended = true;
  (void)watch_->descriptor.release();  // closing is the owner's
}

}  // namespace linkfab::ubridge
