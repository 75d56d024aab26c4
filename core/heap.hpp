// What this process's heap does with memory that is freed.
#pragma once

namespace linkfab {

// Keeps up to 64 MiB of it for what is needed next, instead of giving each large piece back to the
// system at once: a page that is given back is a fault when it is used again, and reading a large
// database is thousands of them. malloc_trim(3) still gives it back when it is asked to. With a C
// library other than glibc nothing changes.
void keep_freed_memory();

}  // namespace linkfab
