#include "netem/attributes.hpp"

namespace linkfab::netem {

ByteView payload(const nlmsghdr& message) {
  if (message.nlmsg_len < NLMSG_HDRLEN) return {};
  const auto* const start = reinterpret_cast<const std::uint8_t*>(&message);
  return ByteView{start, message.nlmsg_len}.subspan(NLMSG_HDRLEN);
}

void for_each_message(ByteView datagram, const std::function<void(const nlmsghdr&)>& visit) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    const auto& message = *reinterpret_cast<const nlmsghdr*>(datagram.data());
    if (message.nlmsg_len < sizeof(nlmsghdr) || message.nlmsg_len > datagram.size()) return;
    visit(message);
    datagram =
        datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(message.nlmsg_len), datagram.size()));
  }
}

void for_each_attribute(ByteView bytes, const std::function<void(int, ByteView)>& visit) {
  while (bytes.size() >= NLA_HDRLEN) {
    const auto header = load<nlattr>(bytes);
    if (header.nla_len < NLA_HDRLEN || header.nla_len > bytes.size()) return;
    visit(header.nla_type & NLA_TYPE_MASK, bytes.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN));
    bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
  }
}

Attributes::Attributes(ByteView bytes) {
  for_each_attribute(bytes, [this](int type, ByteView content) {
    const auto index = static_cast<std::size_t>(type);
    if (index < attributes_.size()) attributes_[index] = content;
  });
}

Attributes::Attributes(const nlmsghdr& message, std::size_t header_size)
    : Attributes([&] {
        const ByteView all = payload(message);
        return all.subspan(std::min<std::size_t>(NLMSG_ALIGN(header_size), all.size()));
      }()) {}

std::string Attributes::text(int type) const {
  const ByteView content = at(type);
  return {content.begin(), std::find(content.begin(), content.end(), std::uint8_t{0})};
}

ByteView Attributes::at(int type) const {
  const auto index = static_cast<std::size_t>(type);
  return index < attributes_.size() ? attributes_[index] : ByteView{};
}

}  // namespace linkfab::netem
