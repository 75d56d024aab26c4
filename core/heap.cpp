#include "core/heap.hpp"

#include <malloc.h>

namespace linkfab {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int bytes = 64 << 20;
  (void)::mallopt(M_TRIM_THRESHOLD, bytes);
  (void)::mallopt(M_MMAP_THRESHOLD, bytes / 2);  // the most that it takes
#endif
}

}  // namespace linkfab
