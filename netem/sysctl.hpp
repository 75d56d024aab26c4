// Network settings of the namespace that the caller has entered (sysctl(8), /proc/sys/net).
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace linkfab::netem {

// "net.ipv4.ip_forward", "1". Only names under "net." are taken, because only those belong to the
// namespace. A dot separates: the settings of a device whose name has one cannot be named.
// Errc::not_found where this kernel has no such setting, Errc::invalid where it refuses the value.
[[nodiscard]] Result<void> write_sysctl(std::string_view name, std::string_view value);

}  // namespace linkfab::netem
