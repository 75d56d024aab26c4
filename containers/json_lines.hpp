// A stream of JSON documents, one a line, that arrives in parts of any size: events, and the
// progress of a pull.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <json/value.h>

#include "core/result.hpp"

namespace linkfab::containers {

class JsonLines {
 public:
  explicit JsonLines(std::size_t longest = std::size_t{1} << 20) : longest_(longest) {}

  // Calls `line` for every line completed by this part and stops at its first error.
  Result<void> feed(std::string_view part,
                    const std::function<Result<void>(const Json::Value&)>& line);

 private:
  std::size_t longest_;
  std::string rest_;
};

}  // namespace linkfab::containers
