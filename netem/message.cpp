#include "netem/message.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>

namespace linkfab::netem {
namespace {

// Enough for all but distribution tables; libnl's default is a page for each message.
constexpr std::size_t first_size = 512;
constexpr std::size_t most_payload = std::numeric_limits<std::uint16_t>::max() - NLA_HDRLEN;

// Makes room for `size` bytes with an attribute header. It moves the message: pointers into it go
// stale.
void make_room(nl_msg* message, std::size_t size) {
  const std::size_t capacity = nlmsg_get_max_size(message);
  const std::size_t needed = nlmsg_hdr(message)->nlmsg_len + size + NLA_HDRLEN + 2 * NLMSG_ALIGNTO;
  if (needed <= capacity) return;
  if (nlmsg_expand(message, std::max(needed, 2 * capacity)) < 0) throw std::bad_alloc{};
}

}  // namespace

Message::Message(int type, int flags, std::string what)
    : message_(nlmsg_alloc_size(first_size)), what_(std::move(what)) {
  if (!message_ || nlmsg_put(message_.get(), 0, 0, type, 0, flags | NLM_F_REQUEST) == nullptr) {
    throw std::bad_alloc{};
  }
}

Message& Message::append_bytes(const void* data, std::size_t size) {
  make_room(message_.get(), size);
  void* const place = nlmsg_reserve(message_.get(), size, NLMSG_ALIGNTO);
  if (place == nullptr) throw std::bad_alloc{};
  if (size > 0) std::memcpy(place, data, size);
  return *this;
}

Message& Message::put(int attribute, const void* data, std::size_t size) {
  if (size > most_payload) throw std::logic_error(what_ + ": an attribute exceeds 64 KiB");
  make_room(message_.get(), size);
  if (nla_put(message_.get(), attribute, static_cast<int>(size), data) < 0) throw std::bad_alloc{};
  return *this;
}

Message& Message::put(int attribute, std::string_view text) {
  const std::string closed{text};
  return put(attribute, closed.c_str(), closed.size() + 1);
}

Message& Message::nest(int attribute, const std::function<void(Message&)>& content) {
  const std::size_t start = NLMSG_ALIGN(header().nlmsg_len);
  put(attribute | NLA_F_NESTED, nullptr, 0);
  content(*this);
  const std::size_t size = header().nlmsg_len - start;
  if (size > most_payload) throw std::logic_error(what_ + ": a nest exceeds 64 KiB");
  // By its offset, because the content may have moved the message.
  char* const base = reinterpret_cast<char*>(&header());
  reinterpret_cast<nlattr*>(base + start)->nla_len = static_cast<std::uint16_t>(size);
  return *this;
}

nlmsghdr& Message::header() const {
  return *nlmsg_hdr(message_.get());
}

void Message::Free::operator()(nl_msg* message) const {
  nlmsg_free(message);
}

}  // namespace linkfab::netem
