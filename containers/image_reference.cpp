#include "containers/image_reference.hpp"

#include <algorithm>

namespace linkfab::containers {

Result<ImageReference> parse_image_reference(std::string_view text) {
  std::string_view name = text;
  std::string_view version = "latest";
  const auto at = name.find('@');
  if (at != name.npos) {
    version = name.substr(at + 1);
    name = name.substr(0, at);
  }
  // A colon before the last slash belongs to the registry's port.
  const auto slash = name.rfind('/');
  const auto colon = name.find(':', slash == name.npos ? 0 : slash);
  if (colon != name.npos) {
    if (at == text.npos) version = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  const bool blank = std::ranges::any_of(text, [](char c) { return c > 0 && c <= ' '; });
  if (name.empty() || version.empty() || blank) {
    return failure(Errc::invalid, "read image reference '" + std::string(text) + "'",
                   "expected NAME, NAME:TAG or NAME@DIGEST");
  }
  return ImageReference{std::string(name), std::string(version)};
}

}  // namespace linkfab::containers
