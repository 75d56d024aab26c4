// An image's name as a person writes it, in the two parts that a pull is asked with.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace linkfab::containers {

// "registry:5000/team/router:2.1": name up to the tag; version is the tag, or "sha256:…" where a
// digest is given, which then decides alone. Whether the name is a good one, and which registry it
// means, is the engine's to say.
struct ImageReference {
  std::string name;
  std::string version;
  bool operator==(const ImageReference&) const = default;
};

// Without tag and digest the tag is "latest". Errc::invalid for an empty part or a blank.
[[nodiscard]] Result<ImageReference> parse_image_reference(std::string_view text);

}  // namespace linkfab::containers
