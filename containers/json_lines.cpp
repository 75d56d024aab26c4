#include "containers/json_lines.hpp"

#include "containers/json_fields.hpp"

namespace linkfab::containers {

Result<void> JsonLines::feed(std::string_view part,
                             const std::function<Result<void>(const Json::Value&)>& line) {
  for (;;) {
    const auto end = part.find('\n');
    rest_ += part.substr(0, end);
    if (rest_.size() > longest_) {
      return failure(Errc::failed, "read a line of JSON",
                     "longer than " + std::to_string(longest_) + " bytes");
    }
    if (end == part.npos) return {};
    part.remove_prefix(end + 1);
    // A blank line keeps a quiet stream alive.
    if (rest_.find_first_not_of(" \r\t") != rest_.npos) {
      const auto value = parse_json(rest_);
      if (!value) return std::unexpected(value.error());
      if (auto done = line(*value); !done) return done;
    }
    rest_.clear();
  }
}

}  // namespace linkfab::containers
