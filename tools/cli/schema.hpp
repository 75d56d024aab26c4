// The files that `linkfab schema` describes.
#pragma once

#include <span>
#include <string_view>

namespace linkfab::cli {

[[nodiscard]] std::span<const std::string_view> described_files();

}  // namespace linkfab::cli
