#include "containers/init/interface_list.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace linkfab::init {

std::string_view next_name(std::string_view& rest) {
  constexpr std::string_view blank = " \t\r\n";
  rest.remove_prefix(std::min(rest.find_first_not_of(blank), rest.size()));
  const auto name = rest.substr(0, rest.find_first_of(blank));
  rest.remove_prefix(name.size());
  return name;
}

bool InterfaceList::read(const char* path) {
  size_ = 0;
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t count = 0;
  do {
    count = ::read(file, text_.data() + size_, text_.size() - size_);
    if (count > 0) size_ += static_cast<std::size_t>(count);
  } while (count > 0);
  ::close(file);
  if (count < 0) size_ = 0;
  return count == 0;
}

}  // namespace linkfab::init
