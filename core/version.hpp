// The version that every program shows.
//
// It is the project's in CMakeLists.txt, or LINKFAB_VERSION where that was given to CMake, as
// tools/package does with the one of git. One file knows it: another version is one file to
// compile.
#pragma once

namespace linkfab {

extern const char* const project_version;  // "0.1.0"

}  // namespace linkfab
