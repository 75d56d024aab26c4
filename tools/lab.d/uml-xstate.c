/*
 * User-mode Linux 6.1 saves a guest thread's x87/SSE/AVX registers in a fixed 2,696-byte buffer.
 * The host's ptrace(PTRACE_SETREGSET, NT_X86_XSTATE) takes only a whole XSAVE area, which is
 * larger on a processor with AMX, and fails with EFAULT. Preloaded into linux.uml, this pads the
 * buffer with zeros to the size that the host reports: the components past the 2,696 bytes stay
 * in their initial state, as XSTATE_BV in the copied header says.
 *
 *   cc -O2 -shared -fPIC -o uml-xstate.so uml-xstate.c -ldl
 */
#define _GNU_SOURCE
#include <sys/ptrace.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>

static char whole[65536];
static size_t host_size;

long ptrace(enum __ptrace_request request, ...) {
  static long (*next)(enum __ptrace_request, ...);
  if (!next) next = (long (*)(enum __ptrace_request, ...))dlsym(RTLD_NEXT, "ptrace");

  va_list args;
  va_start(args, request);
  int pid = va_arg(args, int);
  void* address = va_arg(args, void*);
  void* data = va_arg(args, void*);
  va_end(args);

  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
    struct iovec* part = data;
    if (!host_size) {
      struct iovec all = {whole, sizeof whole};
      if (next(PTRACE_GETREGSET, pid, address, &all) == 0) host_size = all.iov_len;
      memset(whole, 0, sizeof whole);
    }
    if (part->iov_len < host_size) {
      memcpy(whole, part->iov_base, part->iov_len);
      struct iovec all = {whole, host_size};
      return next(request, pid, address, &all);
    }
  }
  return next(request, pid, address, data);
}
