// A file of measured delays, as a command names it.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.hpp"
#include "netem/samples.hpp"

namespace linkfab::cli {

struct SampleFile {
  std::size_t samples = 0;
  nanoseconds least{};
  nanoseconds most{};
  netem::SampledDelay delay;
};

// "-" is standard input. At most 256 MB.
[[nodiscard]] Result<SampleFile> read_sample_file(const std::string& path);

}  // namespace linkfab::cli
