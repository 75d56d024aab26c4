// The compiled programs of gateway.bpf.c, an ELF object, inside the library.
#pragma once

namespace linkfab::gateway {

extern const unsigned char compiled_programs[];  // NOLINT(modernize-avoid-c-arrays)
extern const unsigned long compiled_programs_size;

}  // namespace linkfab::gateway
