#include "netem/ack.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>

#include "netem/attributes.hpp"

namespace linkfab::netem {
namespace {

// Where the attributes begin: behind the number, and in an NLMSG_ERROR behind what it repeats of
// the request, which is the header alone where NETLINK_CAP_ACK is in force.
std::size_t attributes_offset(const nlmsghdr& message, ByteView body) {
  if (message.nlmsg_type == NLMSG_DONE) return sizeof(int);
  std::size_t offset = sizeof(nlmsgerr);
  if ((message.nlmsg_flags & NLM_F_CAPPED) == 0) {
    const auto repeated = load<nlmsgerr>(body).msg.nlmsg_len;
    if (repeated > NLMSG_HDRLEN) offset += NLMSG_ALIGN(std::size_t{repeated}) - NLMSG_HDRLEN;
  }
  return offset;
}

// What is said with ENOENT about a kind, where other words are about an object: net/sched's
// sch_api.c, cls_api.c and act_api.c.
constexpr std::string_view unknown_kinds[] = {"Specified qdisc kind is unknown",
                                              "TC classifier not found",
                                              "Failed to load TC action module"};

}  // namespace

Result<void> decode_ack(const nlmsghdr& message, const std::string& attempt) {
  const ByteView body = payload(message);
  const int number = load<int>(body);
  if (number >= 0) return {};
  constexpr int most_errno = 4095;  // include/linux/err.h: MAX_ERRNO
  Error error = system_error(attempt, number < -most_errno ? EBADMSG : -number);
  const std::size_t offset = attributes_offset(message, body);
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) != 0 && offset < body.size()) {
    const std::string text = Attributes{body.subspan(offset)}.text(NLMSGERR_ATTR_MSG);
    if (std::ranges::find(unknown_kinds, text) != std::end(unknown_kinds))
      error = {Errc::unsupported, error.attempt, text};
    else if (!text.empty())
      error.cause += ": " + text;
  }
  return std::unexpected(std::move(error));
}

}  // namespace linkfab::netem
