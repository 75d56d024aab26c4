#include "core/descriptor_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace linkfab {

void raise_descriptor_limit() {
  constexpr rlim_t enough = 1'048'576;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto most = std::min(limit.rlim_max, enough);
  if (limit.rlim_cur >= most) return;
  limit.rlim_cur = most;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace linkfab
