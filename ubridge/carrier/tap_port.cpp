#include "ubridge/carrier/tap_port.hpp"

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "core/fd.hpp"

namespace linkfab::ubridge {
namespace {

class TapPort : public Port {
 public:
  explicit TapPort(Fd file) : file_(std::move(file)) {}

  [[nodiscard]] int descriptor() const override { return file_.get(); }

  Reading receive(FrameBatch& batch) override {
    batch.clear();
    for (std::size_t i = 0; i < FrameBatch::capacity; ++i) {
      const Frame room = batch.buffer(i);
      const auto count = ::read(file_.get(), room.data(), room.size());
      if (count > 0) {
        batch.add(room.first(static_cast<std::size_t>(count)));
      } else if (count == 0 || errno == EAGAIN || errno == EIO) {
        return Reading::drained;
      } else if (errno != EINTR) {
        return Reading::gone;  // EFAULT, EBADFD: no device behind it any more
      }
    }
    return Reading::some;
  }

  Sent send(std::span<const Frame> frames) override {
    Sent sent;
    for (const Frame frame : frames) {
      if (::write(file_.get(), frame.data(), frame.size()) < 0) continue;
      ++sent.packets;
      sent.bytes += frame.size();
    }
    return sent;
  }

 private:
  Fd file_;
};

}  // namespace

Result<std::unique_ptr<Port>> open_tap(const std::string& device) {
  const std::string attempt = "unable to open TAP device " + device;
  const bool is_file = device.starts_with('/');
  if (device.empty()) return failure(Errc::invalid, attempt, "it has no name");
  auto file = open_file(is_file ? device : "/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (!file) return failure(file.error().code, attempt, format(file.error()));
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (!is_file) device.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(file->get(), TUNSETIFF, &request) != 0) return system_failure(attempt);
  // A device that somebody else made may have been told to hand out unfinished frames.
  if (::ioctl(file->get(), TUNSETOFFLOAD, 0UL) != 0) return system_failure(attempt);
  return std::make_unique<TapPort>(std::move(*file));
}

}  // namespace linkfab::ubridge
