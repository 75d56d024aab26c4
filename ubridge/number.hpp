// Numbers as the hypervisor protocol reads them: leading digits, garbage is 0, never an error.
//
// What does not fit is the nearest that does.
#pragma once

#include <string_view>

namespace linkfab::ubridge {

[[nodiscard]] int lenient_number(std::string_view text);

}  // namespace linkfab::ubridge
