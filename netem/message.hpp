// One netlink message under construction; owns a libnl nl_msg.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct nl_msg;

namespace linkfab::netem {

class Message {
 public:
  // NLM_F_REQUEST is added to the flags. `what` describes the request for error texts: "create
  // device lf1a2b".
  Message(int type, int flags, std::string what);

  template <class T>
  Message& append(const T& header) {  // a fixed family header: ifinfomsg, tcmsg …
    return append_bytes(&header, sizeof header);
  }
  Message& append_bytes(const void* data, std::size_t size);  // padded to 4
  Message& put(int attribute, const void* data, std::size_t size);
  Message& put(int attribute, std::string_view text);  // with the closing NUL
  template <class T>
    requires std::is_arithmetic_v<T>
  Message& put(int attribute, T value) {
    return put(attribute, &value, sizeof value);
  }
  Message& nest(int attribute, const std::function<void(Message&)>& content);

  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] nlmsghdr& header() const;

 private:
  struct Free {
    void operator()(nl_msg* message) const;
  };
  std::unique_ptr<nl_msg, Free> message_;
  std::string what_;
};

}  // namespace linkfab::netem
