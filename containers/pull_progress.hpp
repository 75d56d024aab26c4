// The messages of a pull, one for every step of every layer, summed up in one line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <json/value.h>

#include "core/result.hpp"

namespace linkfab::containers {

class PullProgress {
 public:
  // The line to show where this message changes it: "layer 3 of 7, 41 MB of 90 MB". An error inside
  // the stream, which the engine reports after its 200 OK, is this call's error.
  Result<std::optional<std::string>> update(const Json::Value& message);

 private:
  struct Layer {
    std::uint64_t current = 0;
    std::uint64_t total = 0;  // 0: not told yet
    bool done = false;
  };

  [[nodiscard]] std::string line() const;

  std::map<std::string, Layer> layers_;
  std::string last_;
};

}  // namespace linkfab::containers
