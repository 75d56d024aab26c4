// What `linkfab export` writes.
#pragma once

#include <span>
#include <string_view>

namespace linkfab::cli {

[[nodiscard]] std::span<const std::string_view> export_formats();

}  // namespace linkfab::cli
