#include "core/version.hpp"

namespace linkfab {

const char* const project_version = LINKFAB_VERSION;

}  // namespace linkfab
