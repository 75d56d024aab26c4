# cmake -Dobject=FILE -Dsource=FILE -P embed.cmake: an object file as an array in a C++ source.
file(READ "${object}" bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE "${source}" "#include \"gateway/bpf/object.hpp\"

namespace linkfab::gateway {

alignas(8) const unsigned char compiled_programs[] = {${bytes}};
const unsigned long compiled_programs_size = sizeof compiled_programs;

}  // namespace linkfab::gateway
")
